import { type KeyFlag, keyFlags } from '../core/keeper.ts';
import { bareName } from './rotation.ts';
import type { Shelved } from './rows.ts';

export interface FlagRules {
  /** Days. */
  readonly staleDays: number;
  readonly unusedDays: number;
  readonly expiringDays: number;
  /** The first that fits a key says which permissions it may have; without one it may have any. */
  readonly permissions: readonly {
    readonly organization?: string | undefined;
    /** Of the key; `*` stands for anything. */
    readonly name?: string | undefined;
    readonly allow: readonly string[];
  }[];
}

const DAY_MS = 86_400_000;
/** Not used since so long: it is not only new. */
const NEW_MS = 7 * DAY_MS;

/** `*` stands for anything; no pattern fits all. */
export const fits = (pattern: string | undefined, text: string): boolean => {
  if (pattern === undefined) return true;
  const [first = '', ...rest] = pattern.split('*');
  if (rest.length === 0) return pattern === text;
  if (!text.startsWith(first)) return false;
  let at = first.length;
  const last = rest.pop() ?? '';
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
};

/** Permissions that its owner and name do not allow. */
export const excessOf = ({ owner, name, permissions }: Shelved, rules: FlagRules): readonly string[] => {
  const rule = rules.permissions.find(
    (one) =>
      (one.organization === undefined || one.organization === owner.organization) && fits(one.name, bareName(name)),
  );
  return rule ? permissions.filter((slug) => !rule.allow.some((allowed) => fits(allowed, slug))) : [];
};

/** All that is wrong with a key at a time (ms since 1970), in the order of `keyFlags`. */
export const flagsOf = (key: Shelved, rules: FlagRules, now: number): readonly KeyFlag[] => {
  const { createdAt, lastUsedAt, expiresAt } = key;
  const is: Readonly<Record<KeyFlag, boolean>> = {
    stale: now - createdAt > rules.staleDays * DAY_MS,
    'never-used': lastUsedAt === undefined && now - createdAt > NEW_MS,
    unused: lastUsedAt !== undefined && now - lastUsedAt > rules.unusedDays * DAY_MS,
    'over-privileged': excessOf(key, rules).length > 0,
    expiring: expiresAt !== undefined && expiresAt > now && expiresAt - now <= rules.expiringDays * DAY_MS,
    expired: expiresAt !== undefined && expiresAt <= now,
  };
  return keyFlags.filter((flag) => is[flag]);
};

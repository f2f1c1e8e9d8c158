import { type KeyFlag, keyFlags } from '../core/keeper.ts';
import type { Item } from '../keys/inventory.ts';

/** Keys by organization. */
type Counts = ReadonlyMap<string, number>;

export interface Report {
  readonly keys: number;
  readonly organizations: number;
  /** Keys with something wrong. */
  readonly flagged: number;
  /** When the oldest was made (ms since 1970). */
  readonly oldest: number | undefined;
  readonly of: Readonly<Record<KeyFlag, Counts>>;
}

/** Adds all keys up, a page at a time; they come oldest first. */
export const reportOf = (pages: Iterable<readonly Item[]>): Report => {
  const of = Object.fromEntries(keyFlags.map((flag) => [flag, new Map()])) as Record<KeyFlag, Map<string, number>>;
  const organizations = new Set<string>();
  let [keys, flagged] = [0, 0];
  let oldest: number | undefined;
  const add = ({ owner: { organization }, flags, createdAt }: Item): void => {
    oldest ??= createdAt;
    organizations.add(organization);
    keys += 1;
    if (flags.length > 0) flagged += 1;
    for (const flag of flags) of[flag].set(organization, (of[flag].get(organization) ?? 0) + 1);
  };
  for (const page of pages) page.forEach(add);
  return { keys, organizations: organizations.size, flagged, oldest, of };
};

export const sumOf = (counts: Counts): number => [...counts.values()].reduce((sum, n) => sum + n, 0);

const MOST_NAMES = 3;

/** The organizations with most, for people. */
export const mostOf = (counts: Counts): string =>
  [...counts]
    .sort(([, one], [, other]) => other - one)
    .slice(0, MOST_NAMES)
    .map(([organization, n]) => `${organization} (${n})`)
    .join(', ');

import type { IssuedKey } from '../core/keeper.ts';
import type { Channel, Notice } from '../core/notice.ts';
import type { Rotations, Subject } from './rotations.ts';
import { planOf, type RotationRules, targetOf } from './targets.ts';

interface ReplacingNeeds {
  readonly issuer: string;
  readonly rules: RotationRules;
  readonly rotations: Pick<Rotations, 'replace'>;
  /** What the inventory knows of a key. */
  readonly known: (environment: string, id: string) => IssuedKey | undefined;
}

/**
 * Hears which keys were revoked, and has those replaced that the settings want to be: in the transaction that ends the
 * incident, so that a crash forgets none.
 */
export const createReplacing = ({ issuer, rotations, ...needs }: ReplacingNeeds): Channel => ({
  note(notice) {
    const subject = notice.issuer === issuer ? subjectOf(notice, needs) : undefined;
    return (sql) => {
      if (subject) rotations.replace(sql, subject);
    };
  },
  run: async () => undefined,
});

const DAY_MS = 86_400_000;
/** Long enough to be told that it ends, and short enough not to outlive what was given away. */
const CAUTIOUS_DAYS = 30;
const NOTE = `the issuer did not tell when the leaked key would have ended: the new one ends within ${CAUTIOUS_DAYS} days`;

/** As the issuer told before the key was deleted, or as the inventory knows. Undefined: never; NaN: nobody knows. */
const endOf = ({ expiresAt }: NonNullable<Notice['key']>, known: IssuedKey | undefined): number | undefined => {
  if (expiresAt === undefined) return known ? known.expiresAt : Number.NaN;
  return expiresAt === null ? undefined : Date.parse(expiresAt);
};

/** The key that is to be replaced. One whose owner or permissions neither the issuer nor the inventory tells could only be guessed. */
const subjectOf = (
  { outcome, again, key, found }: Notice,
  { rules, known }: Pick<ReplacingNeeds, 'rules' | 'known'>,
): Subject | undefined => {
  if (outcome !== 'revoked' || again || !key) return undefined;
  const { id, environment } = key;
  const kept = known(environment, id);
  const { name = kept?.name ?? '', permissions = kept?.permissions, owner = kept?.owner } = key;
  const organization = owner?.type === 'user' ? owner.organization : owner?.id;
  if (!owner || !permissions || organization === undefined) return undefined;
  const createdAt = Date.parse(key.createdAt ?? '') || found.receivedAt;
  const expiresAt = endOf(key, kept);
  const lost = { id, name, permissions, owner: { ...owner, organization }, createdAt, expiresAt };
  const target = targetOf(lost, rules);
  if (target?.onLeak !== 'delete-and-replace') return undefined;
  const plan = planOf(target, rules);
  if (!Number.isNaN(expiresAt)) return { environment, key: lost, plan };
  const lifeMs = Math.min(plan.lifeMs ?? Number.POSITIVE_INFINITY, CAUTIOUS_DAYS * DAY_MS);
  return { environment, key: { ...lost, expiresAt: undefined }, plan: { ...plan, lifeMs }, note: NOTE };
};

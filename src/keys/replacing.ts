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

/** The key that is to be replaced. One whose owner or permissions the issuer did not tell could only be guessed. */
const subjectOf = (
  { outcome, again, key, found }: Notice,
  { rules, known }: Pick<ReplacingNeeds, 'rules' | 'known'>,
): Subject | undefined => {
  if (outcome !== 'revoked' || again || !key) return undefined;
  const { id, environment, name = '', permissions, owner } = key;
  const organization = owner?.type === 'user' ? owner.organization : owner?.id;
  if (!owner || !permissions || organization === undefined) return undefined;
  const createdAt = Date.parse(key.createdAt ?? '') || found.receivedAt;
  const expiresAt = known(environment, id)?.expiresAt;
  const lost = { id, name, permissions, owner: { ...owner, organization }, createdAt, expiresAt };
  const target = targetOf(lost, rules);
  return target?.onLeak === 'delete-and-replace' ? { environment, key: lost, plan: planOf(target, rules) } : undefined;
};

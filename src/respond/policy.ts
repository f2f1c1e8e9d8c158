import type { Candidate } from '../core/candidate.ts';
import type { HoldReason } from '../core/facts.ts';
import type { IssuedKey } from '../core/keeper.ts';
import type { Decision, Verdict } from '../core/verdict.ts';

/** Whose or which key an entry is about: any one that is given must fit. Times in epoch ms. */
export interface PolicyEntry {
  readonly keyId?: string | undefined;
  /** Organization or user id, as the issuer gives it. */
  readonly owner?: string | undefined;
  readonly fingerprint?: string | undefined;
  readonly reason: string;
  readonly expires: number;
}

/** The first rule that fits decides; none: `mode`. */
export interface PolicyRule {
  readonly owner?: string | undefined;
  readonly environment?: string | undefined;
  readonly detector?: string | undefined;
  readonly decision: Decision;
}

export interface PolicySettings {
  readonly mode: Decision;
  readonly rules: readonly PolicyRule[];
  /** Alarm, and never delete. */
  readonly canaries: readonly PolicyEntry[];
  /** Known and harmless: neither alarm nor deletion. */
  readonly allow: readonly PolicyEntry[];
}

type Live = Extract<Verdict, { validity: 'live' }>;

export interface Decided {
  readonly decision: Decision;
  /** Absent when the key is to die. */
  readonly why?: HoldReason | undefined;
}

/** What policy allows; pure. The brake comes after it. */
export const createPolicy = (settings: PolicySettings) => {
  const fits = (entry: PolicyEntry, candidate: Candidate, live: Live | undefined): boolean =>
    (entry.fingerprint !== undefined && entry.fingerprint === candidate.fingerprint) ||
    (entry.keyId !== undefined && entry.keyId === live?.handle.id) ||
    (entry.owner !== undefined && ownersOf(live).includes(entry.owner));

  const listed = (candidate: Candidate, live: Live | undefined, now: number): Decided | undefined => {
    const among = (entries: readonly PolicyEntry[]) =>
      entries.some((entry) => entry.expires > now && fits(entry, candidate, live));
    if (among(settings.canaries)) return { decision: 'hold', why: 'canary' };
    if (among(settings.allow)) return { decision: 'watch', why: 'allowed' };
    return undefined;
  };

  return {
    /** Known by its fingerprint alone: the issuer need not be asked. */
    known: (candidate: Candidate, now: number): Decided | undefined => listed(candidate, undefined, now),
    decide(candidate: Candidate, live: Live, now: number): Decided {
      const special = listed(candidate, live, now);
      if (special) return special;
      const rule = settings.rules.find(
        ({ owner, environment, detector }) =>
          (owner === undefined || ownersOf(live).includes(owner)) &&
          (environment === undefined || environment === live.handle.environment) &&
          (detector === undefined || detector === candidate.detector),
      );
      const decision = rule?.decision ?? settings.mode;
      return decision === 'hold' || decision === 'watch' ? { decision, why: 'mode' } : { decision };
    },
  };
};

/** Is that key a canary, by its id or its owner? Nothing but a leak tells its fingerprint. */
export const isCanary = (
  { canaries }: Pick<PolicySettings, 'canaries'>,
  { id, owner }: Pick<IssuedKey, 'id' | 'owner'>,
  now: number,
): boolean =>
  canaries.some(
    (one) => one.expires > now && (one.keyId === id || one.owner === owner.id || one.owner === owner.organization),
  );

/** A user's key belongs to the user and to the organization. */
const ownersOf = (live: Live | undefined): readonly string[] => {
  const owner = live?.evidence.owner;
  return owner ? [owner.id, ...(owner.organization ? [owner.organization] : [])] : [];
};

export type Policy = ReturnType<typeof createPolicy>;

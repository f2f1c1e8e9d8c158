import type { Clock } from '../core/clock.ts';
import type { Detector } from '../core/detector.ts';
import type { RecordFact } from '../core/facts.ts';
import type { Issuer } from '../core/issuer.ts';
import type { IssuedKey, Keeper, Listed, Maker, Whose } from '../core/keeper.ts';
import type { RotationStep } from '../core/rotation.ts';
import type { Seal } from '../core/seal.ts';
import type { Secret } from '../core/secret.ts';
import type { Sink } from '../core/sink.ts';
import { type Next, outgoingOf, type ProbePlan, type Rotation } from './rotation.ts';
import type { RotationShelf } from './rotation-shelf.ts';

/** What keys are rotated with. */
export interface Tools {
  readonly keeper: Keeper;
  readonly maker: Maker;
  readonly calls: Required<Pick<Detector, 'validate' | 'revoke'>>;
  /** Errors: `Fault` `config.invalid`. */
  readonly sink: (reference: string) => Sink;
  /** Of these keys, those that belong into that sink. */
  readonly belonging: (keys: readonly IssuedKey[], sink: string) => readonly IssuedKey[];
  /** Why that key does not belong there, whatever else may; undefined: nothing says so. */
  readonly claim: (key: Pick<IssuedKey, 'id' | 'name' | 'owner'>, sink: string) => string | undefined;
  /** Undefined: it can be used. Else why not, never the key. */
  readonly probe: (plan: ProbePlan, secret: Secret) => Promise<string | undefined>;
  readonly seal: Seal;
  readonly clock: Clock;
  readonly record: RecordFact;
}

/** Where one rotation is worked on. */
export interface Bench extends Tools {
  readonly issuer: Issuer;
  /** Of all environments. */
  readonly issuers: readonly Issuer[];
  readonly shelf: Pick<RotationShelf, 'holder' | 'inTheWay'>;
  readonly stop: AbortSignal;
  /** Durable before it resolves; gives it as it stands then. */
  readonly save: (rotation: Rotation) => Promise<Rotation>;
}

export type Try = (rotation: Rotation, bench: Bench) => Promise<Next>;

export const aboutOf = ({ id, environment, old, newId }: Rotation) => ({
  ...{ rotation: id, environment, keyId: old.id, newKeyId: newId },
});

/** Says what will be done; resolves when that is durable. */
export const intend = (rotation: Rotation, step: RotationStep, { record }: Tools): Promise<void> =>
  record({ type: 'rotation.intended', step, attempt: rotation.attempt, ...aboutOf(rotation) });

/** Now, by the issuer's clock. */
export const issuersNow = ({ aheadMs }: Rotation, { clock }: Tools): number => clock.now() + aheadMs;

/** An issuer lists keys that have ended, too. */
export const hasEnded = ({ expiresAt }: Pick<IssuedKey, 'expiresAt'>, rotation: Rotation, tools: Tools): boolean =>
  expiresAt !== undefined && expiresAt <= issuersNow(rotation, tools);

/** Nothing definite was answered: later it may be. */
export const later = ({ reason, retryAfterMs }: { readonly reason: string; readonly retryAfterMs?: number }): Next => ({
  ...{ why: `the issuer gave no answer: ${reason}`, waitMs: retryAfterMs },
});

const MOST_PARTS = 1_000;

/** All keys of an owner. */
export const keysOf = async (owner: Whose, issuer: Issuer, bench: Bench): Promise<Listed<readonly IssuedKey[]>> => {
  const keys: IssuedKey[] = [];
  let after: string | undefined;
  for (let part = 0; part < MOST_PARTS && !bench.stop.aborted; part += 1) {
    const answer = await bench.keeper.keys(issuer, owner, after);
    if (!('got' in answer)) return answer;
    keys.push(...answer.got.items);
    if (answer.got.next === undefined) return { got: keys };
    after = answer.got.next;
  }
  return { reason: 'unrecognised' }; // a list without an end
};

/** What the issuer lists of the owner's keys. */
export interface Sight {
  readonly keys: readonly IssuedKey[];
  readonly isOwnerGone: boolean;
  readonly old: IssuedKey | undefined;
  readonly made: IssuedKey | undefined;
}

/** Those that are to end and are still there: the old key, and what was delivered before. */
export const leaving = (rotation: Rotation, { keys }: Sight): readonly IssuedKey[] => {
  const ids = outgoingOf(rotation).map(({ id }) => id);
  return keys.filter(({ id }) => ids.includes(id));
};

/** Between two lists that say that a key is gone: one may be late, or lie. */
const BELIEVED_MS = 5_000;

/** `owner`: only that the owner is there matters; what is not listed is gone. */
export const look = async (rotation: Rotation, bench: Bench, matters?: 'owner'): Promise<Sight | Next> => {
  const listed = await keysOf(rotation.old.owner, bench.issuer, bench);
  const isOwnerGone = 'reason' in listed && listed.reason === 'missing';
  if ('reason' in listed && !isOwnerGone) return later(listed);
  const keys = 'got' in listed ? listed.got : [];
  const find = (id: string | undefined): IssuedKey | undefined => keys.find((key) => key.id === id);
  const sight = { keys, isOwnerGone, old: find(rotation.old.id), made: find(rotation.newId) };
  const isBoth = (sight.old || rotation.cause === 'leak') && (sight.made || rotation.newId === undefined);
  const isWhole = matters === 'owner' ? !isOwnerGone : isBoth && !isOwnerGone;
  const now = bench.clock.now();
  // A clock that was ahead must not hold it up.
  const missedAt = Math.min(rotation.missedAt ?? now, now);
  if (isWhole || now - missedAt >= BELIEVED_MS) return sight;
  return { restMs: BELIEVED_MS, change: { missedAt } };
};

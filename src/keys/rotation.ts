import { createHash, randomBytes } from 'node:crypto';
import type { IssuedKey } from '../core/keeper.ts';
import type { RotationCause, RotationEnd, RotationStep } from '../core/rotation.ts';
import type { Seal } from '../core/seal.ts';
import { Secret } from '../core/secret.ts';

/** How one key is rotated. */
export interface Plan {
  /** Reference to where the new key is put. */
  readonly sink: string;
  /** Shows that the new key can be used; without it the issuer's word must do. */
  readonly probe?: ProbePlan | undefined;
  /** Ms from the proof of the new key to the end of the old one. */
  readonly graceMs: number;
  /** An old key that is still used lives on, but not longer than so (ms from the proof). */
  readonly mostMs: number;
  /** The new key ends after so long (ms); absent: as the old one did, or never. */
  readonly lifeMs?: number | undefined;
}

/** One request that must be answered 2xx, or one program that must end with 0. */
export type ProbePlan =
  | { readonly url: string; readonly header: string; readonly scheme: string }
  | { readonly command: readonly string[] };

export type OldKey = Pick<IssuedKey, 'id' | 'owner' | 'name' | 'permissions' | 'createdAt' | 'expiresAt'> &
  Pick<Outgoing, 'sink' | 'digest'>;

/** A key that may be in use, and ends once another is proved. */
export interface Outgoing {
  readonly id: string;
  /** When it ends, if nobody says otherwise. */
  readonly expiresAt?: number | undefined;
  /** An earlier version did not write that down: its end is left alone. */
  readonly isEndUnknown?: true | undefined;
  /** Where a rotation put it, and what it looks like there. */
  readonly sink?: string | undefined;
  readonly digest?: string | undefined;
}

/** Times in ms since 1970, by our clock where nothing else is said. */
export interface Rotation {
  readonly id: string;
  /** Goes up whenever it is saved: who has an older one works on something that is no more. */
  readonly revision: number;
  /** Keys that rotations before it delivered, and left. */
  readonly before: readonly Outgoing[];
  readonly environment: string;
  /** As it was when the rotation began. */
  readonly old: OldKey;
  readonly cause: RotationCause;
  readonly who?: string | undefined;
  readonly plan: Plan;
  readonly beganAt: number;
  readonly step: RotationStep;
  readonly stepAt: number;
  /** Tries of this step, those of them that a sink or a probe refused, and when the next is due. */
  readonly tries: number;
  readonly refusals: number;
  readonly dueAt: number;
  /** Why it waits, and since when. */
  readonly why?: string | undefined;
  readonly waitsSince?: number | undefined;
  /** Since when a key is not listed; one list alone is not believed. */
  readonly missedAt?: number | undefined;
  /** How it ends once all is clean, and why it fails. */
  readonly ends: RotationEnd;
  readonly fault?: string | undefined;
  /** What else there is to know of it. */
  readonly note?: string | undefined;
  /** Keys that were asked for; of all but the last the text is lost. So many of them were made all the same. */
  readonly attempt: number;
  readonly lost?: number | undefined;
  /** When an answer to such a question was lost last. */
  readonly unansweredAt?: number | undefined;
  readonly newId?: string | undefined;
  readonly newExpiresAt?: number | undefined;
  /** By which the new key is known again in a sink. */
  readonly digest?: string | undefined;
  /** The new key may be in its sink: it is never revoked by us any more. */
  readonly placed: boolean;
  /** When the sink was asked for the last time to take it. */
  readonly putAt?: number | undefined;
  /** It was made once more, for the sink had lost the one before. */
  readonly isAgain?: true | undefined;
  /** The issuer's clock is so much ahead of ours (ms). */
  readonly aheadMs: number;
  /** The text of the new key, until it is proved, or all is clean. */
  readonly sealed?: Uint8Array | undefined;
  readonly provedAt?: number | undefined;
  /** Its grace is not the first one. */
  readonly isLonger?: true | undefined;
  /** When the old key ends, by the issuer's clock: written down before the issuer is asked for it. */
  readonly endsAt?: number | undefined;
}

/** Nothing is due later than so from now (ms). */
export const LONGEST_WAIT_MS = 3_600_000;

const OVER: readonly RotationStep[] = ['done', 'failed', 'forgotten'];
export const isOver = ({ step }: Pick<Rotation, 'step'>): boolean => OVER.includes(step);

const UNPROVED: readonly RotationStep[] = ['create', 'deliver', 'verify'];
export const isUnproved = ({ step }: Pick<Rotation, 'step'>): boolean => UNPROVED.includes(step);

/** What comes of one try of a step: the next step, a while in which there is nothing to do, or a failure of this try. */
export type Next =
  | { readonly to: RotationStep; readonly change?: Partial<Rotation> }
  | { readonly restMs: number; readonly change?: Partial<Rotation> }
  | {
      readonly why: string;
      readonly waitMs?: number | undefined;
      /** A sink or a probe said no, or nothing. */
      readonly isRefusal?: true;
      readonly change?: Partial<Rotation>;
    };

/** Over, when all is clean. */
export const failing = (fault: string, change: Partial<Rotation> = {}): Next => ({
  to: 'clean',
  change: { ...change, ends: 'failed', fault },
});

/** What was to be rotated is gone: who asked is told, a schedule has nothing to do any more. */
export const pointless = ({ cause }: Rotation, fault: string): Next =>
  cause === 'schedule' ? { to: 'clean', change: { fault } } : failing(fault);

export const newRotationId = (): string => `rot_${randomBytes(8).toString('hex')}`;

const MARK = / \[rot_[0-9a-f]{16}\.\d+\]$/;
const LONGEST_NAME = 200;

/** Without the mark of the rotation that made it. */
export const bareName = (name: string): string => name.replace(MARK, '');

/** Marks the new key in its name: where an answer is lost, nothing else tells that it was made. */
export const nameOf = ({ id, old, attempt }: Pick<Rotation, 'id' | 'old' | 'attempt'>): string =>
  `${[...bareName(old.name)].slice(0, LONGEST_NAME).join('')} [${id}.${attempt}]`;

const isOf = ({ owner }: OldKey, key: IssuedKey): boolean => key.owner.type === owner.type && key.owner.id === owner.id;

/**
 * What the attempts of this rotation made: of each one key at most, the first. Anybody may give a key that name later. What
 * it may do tells nothing: the old key may have lost a permission since.
 */
const madeBy = (rotation: Rotation, keys: readonly IssuedKey[]): readonly IssuedKey[] =>
  Array.from({ length: rotation.attempt }, (_, nth) => nameOf({ ...rotation, attempt: nth + 1 })).flatMap((name) => {
    const ours = keys.filter((key) => key.name === name && isOf(rotation.old, key));
    return ours.sort((one, other) => one.createdAt - other.createdAt)[0] ?? [];
  });

/** Those of them that nobody has the text of. What was delivered is in somebody's hands. */
export const lostOf = (rotation: Rotation, keys: readonly IssuedKey[]): readonly IssuedKey[] =>
  madeBy(rotation, keys).filter(({ id }) => id !== rotation.newId && !rotation.before.some((one) => one.id === id));

const oldOf = ({ old: { id, expiresAt, sink, digest } }: Rotation): Outgoing => ({ id, expiresAt, sink, digest });

/** All that are to end, once the new key is proved. */
export const outgoingOf = (rotation: Rotation): readonly Outgoing[] => [oldOf(rotation), ...rotation.before];

/** Has it to do with that key: is it to end, or was it made? */
export const isAbout = (rotation: Rotation, key: string): boolean =>
  rotation.newId === key || outgoingOf(rotation).some(({ id }) => id === key);

/** What this rotation leaves in somebody's hands, should it not go on. */
export const leftBy = ({ before, placed, newId, newExpiresAt, plan, digest }: Rotation): readonly Outgoing[] => [
  ...before,
  ...(placed && newId ? [{ id: newId, expiresAt: newExpiresAt, sink: plan.sink, digest }] : []),
];

/** All that it leaves, should another be made. */
export const allOf = (rotation: Rotation): readonly Outgoing[] => [oldOf(rotation), ...leftBy(rotation)];

/** It does not go on: whoever is told why, by `fault`. */
export const isFailing = ({ step, ends, fault }: Rotation): boolean =>
  ends === 'failed' || (step === 'restore' && fault !== undefined);

const contextOf = ({ id, newId }: Rotation): string => `rotation ${id} ${newId}`;

export const sealedIn = (rotation: Rotation, secret: Secret, seal: Seal): Uint8Array =>
  seal.seal(Buffer.from(secret.expose()), contextOf(rotation));

/** Errors: `Fault` `seal.unknown-key`, `seal.broken`. */
export const textOf = (rotation: Rotation, seal: Seal): Secret | undefined =>
  rotation.sealed && new Secret(Buffer.from(seal.open(rotation.sealed, contextOf(rotation))).toString('utf8'));

export const isSameText = (one: Secret | undefined, other: Secret): boolean => one?.expose() === other.expose();

/** Of a key: it is long and random, so that nothing leads back to it. */
export const digestOf = (secret: Secret): string => createHash('sha256').update(secret.expose()).digest('hex');

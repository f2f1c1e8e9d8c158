import type { Secret } from './secret.ts';

/** Why a store gave no value: the closed set behind the metric label. */
export const troubles = [
  'unreachable', // nobody can say, ask later
  'refused', // we may not
  'absent', // the place is empty
  'unusable', // what stands there, or the reference itself, is no good
] as const;
export type TroubleKind = (typeof troubles)[number];

/** What is said of the secrets of the settings. */
export type SecretFact =
  | { type: 'secret.renewed'; setting: string }
  | { type: 'secret.unrenewed'; setting: string; reason: TroubleKind; detail: string }
  /** `stale`: their last reading failed, so that they are the last good ones; `sealed`: they were never had. */
  | { type: 'secrets.counted'; stale: number; sealed: number };

/** A secret of the settings as its store has it now: it may be rotated while we run. */
export interface LiveSecret {
  /** The newest good value, as far as is known; costs a read of a variable. Errors: `Fault` `secret.expired`. */
  now(): Secret;
  /** The newest, and those that it replaced not long ago: what others may still use. None that has expired. */
  recent(): readonly Secret[];
  /** The same with those that have expired: what they sealed is to be opened, and they are known as ours. */
  known(): readonly [Secret, ...Secret[]];
  /**
   * What has replaced `refused`; the store is asked when we know nothing newer. Undefined: nothing has, as far as can be told.
   * Never rejects.
   */
  newerThan(refused: Secret): Promise<Secret | undefined>;
  /** Where it is used `taken` was good and `refused` were not: when the newest is among those, `taken` counts until it changes. */
  prefer(taken: Secret, refused: readonly Secret[]): void;
}

/** How a secret of the settings goes on. */
export type Live = (secret: Secret) => LiveSecret;

/** One that stays as it is. */
export const fixedSecret: Live = (secret) => ({
  now: () => secret,
  recent: () => [secret],
  known: () => [secret],
  newerThan: async () => undefined,
  prefer: () => undefined,
});

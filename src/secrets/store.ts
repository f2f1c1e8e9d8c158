import type { TroubleKind } from '../core/live-secret.ts';
import type { Secret } from '../core/secret.ts';
import type { Place } from './reference.ts';

/** What a store said. */
export interface Found {
  readonly secret: Secret;
  /** As the store names it. */
  readonly version?: string | undefined;
  /** Epoch ms; from then on the value counts for nothing. */
  readonly expiresAt?: number | undefined;
}

/** Why there is no value, in words without one. */
export interface Trouble {
  readonly trouble: TroubleKind;
  readonly why: string;
}

/** Where secrets are kept. Never rejects: what goes wrong is an answer. */
export interface Store {
  read(place: Place): Promise<Found | Trouble>;
  /** Puts `value` there; other fields of the same entry stay. Undefined: the store says that it has it. */
  write(place: Place, value: Secret): Promise<Trouble | undefined>;
}

/** How long a store may take to answer. */
export const ANSWER_MS = 10_000;

export const isTrouble = <T>(answer: T | Trouble): answer is Trouble =>
  typeof answer === 'object' && answer !== null && 'trouble' in answer;

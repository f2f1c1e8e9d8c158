import type { Candidate } from '../core/candidate.ts';
import type { Clock } from '../core/clock.ts';
import type { Detector } from '../core/detector.ts';
import type { HoldReason, RecordFact } from '../core/facts.ts';
import type { Issuer } from '../core/issuer.ts';
import type { Asked } from '../core/keeper.ts';
import type { Channel } from '../core/notice.ts';
import type { Prefilter, Sight } from '../core/prefilter.ts';
import type { Secret } from '../core/secret.ts';
import type { Outcome } from '../core/verdict.ts';
import type { Brake } from './brake.ts';
import type { Ledger } from './ledger.ts';
import type { Policy } from './policy.ts';

/** What the story needs. */
export interface Desk {
  /** The environments of an issuer, each with its own credential. */
  readonly environments: (issuer: string) => readonly Issuer[];
  /** Is this one of our own credentials? */
  readonly ours: (secret: Secret) => boolean;
  /** What may be a key of ours; absent: everything may. */
  readonly prefilter?: Prefilter | undefined;
  /** Hears of questions about live keys; absent: nobody keeps an inventory. */
  readonly asked?: Asked | undefined;
  readonly policy: Policy;
  readonly brake: Brake;
  readonly ledger: Ledger;
  /** How the query for other copies of a key in a log is written: a preset's name, or a template. */
  readonly search: string;
  /** On which people are told. */
  readonly channels: readonly Channel[];
  readonly record: RecordFact;
  readonly clock: Clock;
}

/** One delivery of a candidate. */
export interface Case {
  readonly candidate: Candidate;
  readonly detector: Detector;
  /** The message that brought it, and how often it came. */
  readonly message: string;
  readonly attempt: number;
}

/** How it stands now; `why`: the reason that a live key lives on; `afterMs`: when the issuer or the brake wants it again. */
export interface End {
  readonly outcome: Outcome;
  readonly why?: HoldReason | undefined;
  readonly afterMs?: number | undefined;
  /** Nobody was asked yet: it comes again after `afterMs`, and that is no attempt. */
  readonly waits?: true;
  /** What the inventory says of it, where that decided. */
  readonly sight?: Sight | undefined;
  /** Whether the issuer said that it did what we asked. */
  readonly confirmed?: boolean;
}

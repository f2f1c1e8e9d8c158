import type { Durations, HoldReason } from './facts.ts';
import type { Origin } from './origin.ts';
import type { Redaction } from './redaction.ts';
import type { Secret } from './secret.ts';
import type { Severity } from './severity.ts';
import type { Sql } from './store.ts';
import type { Evidence, Handle, Outcome } from './verdict.ts';

/** What is told of one sighting of a key and what became of it: everything but the key. */
export interface Notice {
  readonly incident: string;
  readonly fingerprint: string;
  readonly outcome: Outcome;
  readonly why?: HoldReason | undefined;
  readonly seconds?: Durations | undefined;
  /** Where this sighting was. */
  readonly found: Origin;
  readonly detector: string;
  readonly issuer: string;
  readonly critical: boolean;
  readonly key?: (Handle & Partial<Evidence>) | undefined;
  /** Of a key that was live: by what it may do and whether it is used. */
  readonly severity?: Severity | undefined;
  /** Of a key in a log. */
  readonly redact?: Redaction | undefined;
  /** One sentence for people. */
  readonly text: string;
  /** The outcome stood before: the key was seen once more. */
  readonly again?: true;
}

/** One way on which people are told. What is told is written down first, and sent afterwards. */
export interface Channel {
  /**
   * To be run inside the transaction that ends the incident, or that counts one more sighting of it. The key itself is for
   * what is made of it at once: a digest, a sealed copy.
   */
  note(notice: Notice, key: Secret): (sql: Sql) => void;
  /** Sends what is due until `stop` fires. Never rejects. */
  run(stop: AbortSignal): Promise<void>;
}

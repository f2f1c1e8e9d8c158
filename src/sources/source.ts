import type { Emit } from '../core/fragment.ts';
import type { SourceName } from '../core/origin.ts';

/**
 * Yields fragments. One compliance suite (test/source.contract.ts) runs over every implementation.
 * - `emit` resolves when the fragment's candidates are durable; only then a cursor moves or a sender is answered 2xx.
 *   Awaiting it is the back-pressure: while it waits, no more than a bounded amount is read.
 * - When `emit` rejects, nothing is acknowledged: the sender gets 503, the cursor stays, and the text comes again.
 * - `run` ends within a second after `stop` fires, or when the input is at its end; it emits nothing after `stop`.
 * - `run` throws only a `Fault`. What strangers send never ends it: it is counted and skipped.
 */
export interface Source {
  /** The metric label. */
  readonly name: SourceName;
  /** Whether the other side (or our own durable list) keeps what was not acknowledged, so that nothing is lost by a crash. */
  readonly replayable: boolean;
  /** Of one with an address of its own: resolves once it is heard there. When it cannot be, `run` throws. */
  readonly listening?: Promise<unknown>;
  run(emit: Emit, stop: AbortSignal): Promise<void>;
}

import type { Clock } from '../../core/clock.ts';
import type { Fact, RecordFact } from '../../core/facts.ts';
import type { Store } from '../../core/store.ts';
import type { Source } from '../source.ts';
import { createBell, createFlowNames } from '../waiting.ts';
import { createCursors } from './cursors.ts';
import { STEP } from './pour.ts';
import { roundAndRound } from './rounds.ts';
import { createTeller } from './teller.ts';
import { createWatching } from './watching.ts';

export interface LogFilesNeeds {
  /** Paths and patterns: `*`, `**`, `?`, `[…]`, `{a,b}`. */
  readonly paths: readonly string[];
  readonly store: Store;
  readonly clock: Clock;
  readonly record: RecordFact;
  /** Read what is there at first sight from its start; else from its end. Later files are read whole. */
  readonly fromStart?: boolean;
  /** Looks at least so often (ms), even if the system tells of no change; less often when a look takes long. */
  readonly pollMs?: number;
  /** A file that was rotated away is closed when nothing was written to it for so long (ms). */
  readonly rotatedMs?: number;
  /** One that was deleted is held for so long (ms): its writer may hold it, too. */
  readonly deletedMs?: number;
  /** Files at rest beyond so many are closed until they grow. */
  readonly mostOpen?: number;
}

/**
 * Follows files through rename, copytruncate, compression, deletion and replacement, and goes on after kill -9 where it
 * was. A cursor moves only when what was read is durable; a key may come twice, but none is passed over.
 */
export const logFiles = (needs: LogFilesNeeds): Source => {
  const { clock, pollMs = 1_000, rotatedMs = 5_000, deletedMs = 60_000, mostOpen = 512 } = needs;
  const cursors = createCursors(needs.store);
  const nextFlow = createFlowNames('file');
  // Facts of sources are not journaled, so nothing is lost with a rejection.
  const note = (fact: Fact): void => void needs.record(fact).catch(() => undefined);
  const accepted = (bytes: number, seconds: number): void =>
    note({ type: 'source.accepted', source: 'file', bytes, seconds });

  return {
    name: 'file',
    replayable: true,
    async run(emit, stop) {
      const bell = createBell();
      const teller = createTeller(note);
      const follow = { emit, stop, clock, buffer: Buffer.allocUnsafeSlow(STEP), nextFlow, accepted };
      const crewNeeds = { cursors, follow, rotatedMs, deletedMs, mostOpen, note, troubled: teller.troubled };
      const watching = createWatching(bell);
      stop.addEventListener('abort', bell.ring, { once: true });
      try {
        await roundAndRound(crewNeeds, { ...needs, stop, pollMs, bell, watching, teller });
      } finally {
        watching.close();
      }
    },
  };
};

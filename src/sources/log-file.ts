import { type FSWatcher, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { Clock } from '../core/clock.ts';
import { Fault } from '../core/errors.ts';
import type { Fact, RecordFact } from '../core/facts.ts';
import { Origin } from '../core/origin.ts';
import type { Store } from '../core/store.ts';
import { createCursors } from './followed-cursors.ts';
import { createGenerations, type Generations } from './followed-generations.ts';
import type { Source } from './source.ts';
import { type Bell, createBell, createFlowNames, GivenUp } from './waiting.ts';

export interface LogFileNeeds {
  readonly path: string;
  readonly store: Store;
  readonly clock: Clock;
  readonly record: RecordFact;
  /** Read a file that is there at first sight from its start; else from its end. Later files are read whole. */
  readonly fromStart?: boolean;
  /** Looks at least so often (ms), even if the system tells of no change. */
  readonly pollMs?: number;
  /** A file that was rotated away is let go when nothing was written to it for so long (ms). */
  readonly rotatedMs?: number;
}

const TROUBLE_PAUSE = 1_000;

/**
 * Follows a file through rename, copytruncate, deletion and replacement, and goes on after kill -9 where it was.
 * The cursor moves only when what was read is durable; a key may come twice, but none is passed over.
 */
export const logFile = (needs: LogFileNeeds): Source => {
  const { path, clock, pollMs = 1_000, rotatedMs = 5_000, fromStart = false } = needs;
  const cursors = createCursors(needs.store);
  const nextFlow = createFlowNames(`file/${path}`);
  const place = Origin.parse({ source: 'file', locator: path, receivedAt: 0 });
  // Facts of sources are not journaled, so nothing is lost with a rejection.
  const note = (fact: Fact): void => void needs.record(fact).catch(() => undefined);
  const accepted = (bytes: number, seconds: number): void =>
    note({ type: 'source.accepted', source: 'file', bytes, seconds });
  const origin = (): Origin => ({ ...place, receivedAt: clock.now() });

  return {
    name: 'file',
    replayable: true,
    async run(emit, stop) {
      const bell = createBell();
      const follow = { emit, stop, clock, origin, nextFlow, accepted };
      const generations = createGenerations({ path, cursors, follow, note, rotatedMs, fromStart });
      const watching = createWatching(path, bell);
      stop.addEventListener('abort', bell.ring, { once: true });
      try {
        await roundAndRound(generations, { stop, clock, pollMs, bell, watching, tell: teller(note) });
      } finally {
        watching.close();
        await generations.close();
      }
    },
  };
};

interface RoundNeeds {
  readonly stop: AbortSignal;
  readonly clock: Clock;
  readonly pollMs: number;
  readonly bell: Bell;
  readonly watching: Watching;
  tell(error: unknown): void;
}

const roundAndRound = async (generations: Generations, needs: RoundNeeds): Promise<void> => {
  const { stop, clock, pollMs, bell, watching, tell } = needs;
  while (!stop.aborted) {
    watching.renew();
    try {
      const more = await generations.round();
      tell(undefined);
      if (!more) await clockOrBell(clock, pollMs, bell);
    } catch (error) {
      if (error instanceof GivenUp) return;
      tell(error);
      await clock.sleep(TROUBLE_PAUSE, stop);
    }
  }
};

const clockOrBell = async (clock: Clock, ms: number, bell: Bell): Promise<void> => {
  const woken = new AbortController();
  void clock.sleep(ms, woken.signal).then(() => {
    if (!woken.signal.aborted) bell.ring();
  });
  await bell.rung();
  woken.abort();
};

/** Says a trouble with the file once, until it is over. The topic and the store speak for themselves. */
const teller = (note: (fact: Fact) => void): ((error: unknown) => void) => {
  let told = '';
  return (error) => {
    const code = String((error as NodeJS.ErrnoException | undefined)?.code ?? '');
    if (code === told || error instanceof Fault) return;
    told = code;
    if (code) note({ type: 'fault.raised', code: 'source.unreadable', detail: `the followed file: ${code}` });
  };
};

interface Watching {
  /** Watches the directory, if that is possible and not done already. */
  renew(): void;
  close(): void;
}

const createWatching = (path: string, bell: Bell): Watching => {
  let watcher: FSWatcher | undefined;
  const close = (): void => {
    watcher?.close();
    watcher = undefined;
  };
  return {
    close,
    renew() {
      if (watcher) return;
      try {
        watcher = watch(dirname(path), (_, name) => {
          if (name === null || name === basename(path)) bell.ring();
        });
        watcher.on('error', close);
      } catch {
        watcher = undefined; // No directory, or no watches left: the poll sees it.
      }
    },
  };
};

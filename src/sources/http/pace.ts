import { unlessStopped } from '../waiting.ts';

/** What a sender must bring while others wait for its room (bytes a second). */
const LEAST_RATE = 64 * 1024;
/** The turns that it may be late. */
const TURNS = 8;

/** How long a turn is, when so long without a byte is too long (ms). */
export const turnOf = (slowMs: number): number => slowMs / TURNS;

export type Pace = ReturnType<typeof createPace>;

/**
 * How the sender of one body keeps up, in turns: what keeps the whole process from reading makes no sender late, for however long a
 * turn took it counts as one. Nor is a sender late while nothing is asked of it.
 */
export const createPace = (turnMs: number) => {
  const ending = new AbortController();
  let [asked, came, late] = [false, 0, 0];
  return {
    /** What the sender sends. Rejects with `GivenUp` when it is ended. */
    async *read(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
      const chunks = body[Symbol.asyncIterator]();
      try {
        for (;;) {
          asked = true;
          const next = await unlessStopped(chunks.next(), ending.signal);
          asked = false;
          if (next.done) return;
          came += next.value.length;
          yield next.value;
        }
      } finally {
        asked = false;
        // Not waited for: who is silent may never say a word.
        void chunks.return?.().catch(() => undefined);
      }
    },
    /** A turn is over. */
    turn(): void {
      const due = (LEAST_RATE * turnMs) / 1_000;
      late = Math.max(0, late + (asked ? 1 : 0) - came / due);
      came = 0;
    },
    slow: (): boolean => asked && late >= TURNS,
    ended: (): boolean => ending.signal.aborted,
    end: (): void => ending.abort(),
  };
};

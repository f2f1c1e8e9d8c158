import type { Clock } from '../../core/clock.ts';
import { unlessStopped } from '../waiting.ts';

/** Between two looks (ms). */
const LOOK_MS = 1_000;

/** When it is time to look at what stands still, for all bodies at once: a timer of its own would cost a small body more than its scan. */
export interface Looks {
  /** Resolves at the next look. Rejects with `GivenUp` when all stops. */
  next(): Promise<'look'>;
}

export const createLooks = ({ clock, stop }: { readonly clock: Clock; readonly stop: AbortSignal }): Looks => {
  let due: Promise<'look'> | undefined;
  const wait = async (): Promise<'look'> => {
    await unlessStopped(clock.sleep(LOOK_MS, stop), stop);
    due = undefined;
    return 'look';
  };
  return {
    next() {
      due ??= wait();
      return due;
    },
  };
};

/** The chunks as they come, and `look` between them, not before a second or so is over. Rejects as they do, and with `GivenUp`. */
export async function* withLooks(chunks: AsyncIterable<Uint8Array>, looks: Looks): AsyncGenerator<Uint8Array | 'look'> {
  const coming = chunks[Symbol.asyncIterator]();
  let isYoung = true;
  try {
    for (let next = coming.next(); ; ) {
      const first = await Promise.race([next, looks.next()]);
      if (first === 'look') {
        if (!isYoung) yield first;
        isYoung = false;
      } else if (first.done) return;
      else {
        yield first.value;
        next = coming.next();
      }
    }
  } finally {
    // Not waited for: who is silent may never say a word.
    void coming.return?.().catch(() => undefined);
  }
}

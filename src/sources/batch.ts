import type { Place } from '../core/fragment.ts';

/** Many small messages as one text, a line each, so that what is paid per fragment is not paid per message. */
export interface Batch<About> {
  /** Bytes so far. */
  readonly size: number;
  readonly count: number;
  /** False, and nothing is added, when it has no room; an empty batch takes a message of any size. */
  add(message: Uint8Array, about: About): boolean;
  /** What was added, and whose bytes stand at a place; the batch is empty then. */
  take(): Taken<About>;
}

export interface Taken<About> {
  readonly bytes: Uint8Array;
  readonly count: number;
  /** Where each message begins, and what is known of it. */
  readonly starts: readonly number[];
  readonly abouts: readonly About[];
  /** The message in which a place begins. */
  at(place: Pick<Place, 'offset'>): { readonly about: About; readonly message: Uint8Array } | undefined;
}

const NEWLINE = 0x0a;

export const createBatch = <About>(room: number): Batch<About> => {
  let bytes = Buffer.allocUnsafe(room);
  let size = 0;
  let starts: number[] = [];
  let abouts: About[] = [];

  return {
    get size() {
      return size;
    },
    get count() {
      return starts.length;
    },
    add(message, about) {
      const next = size + message.length + 1;
      if (next > bytes.length && size > 0) return false;
      if (next > bytes.length) bytes = Buffer.allocUnsafe(next);
      bytes.set(message, size);
      bytes[next - 1] = NEWLINE;
      starts.push(size);
      abouts.push(about);
      size = next;
      return true;
    },
    take() {
      const taken = takenOf(bytes.subarray(0, size), starts, abouts);
      bytes = Buffer.allocUnsafe(room);
      size = 0;
      starts = [];
      abouts = [];
      return taken;
    },
  };
};

/** A batch as it was taken, of its parts. */
export const takenOf = <About>(
  bytes: Uint8Array,
  starts: readonly number[],
  abouts: readonly About[],
): Taken<About> => ({
  bytes,
  starts,
  abouts,
  count: starts.length,
  at({ offset }) {
    const index = lastAtMost(starts, offset);
    const about = abouts[index];
    if (about === undefined) return undefined;
    return { about, message: bytes.subarray(starts[index], (starts[index + 1] ?? bytes.length) - 1) };
  },
});

/** Index of the last of ascending numbers that is not above `most`; -1 when there is none. */
export const lastAtMost = (numbers: readonly number[], most: number): number => {
  let [low, high] = [0, numbers.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((numbers[middle] ?? 0) <= most) low = middle + 1;
    else high = middle;
  }
  return low - 1;
};

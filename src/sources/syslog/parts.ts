import { isDamaged, type Opened, openMessage } from './packed-message.ts';

/** A packed message that comes in parts. */
export interface Parts {
  /** Takes what is of it in a chunk, from a place on; gives where that ends. */
  add(chunk: Buffer, at: number): number;
  /** No more of it is kept: it is whole, too long, or damaged. */
  isOver(): boolean;
  /** What was packed in it, as far as it came. */
  open(): Opened;
  /** Bytes of it that are still to come. */
  left(): number;
}

/** So much of one is kept, in bytes. rsyslog packs only what grows smaller, and takes in messages of 8 KiB unless it is told to take more. */
const MOST = 128 * 1024;

export const createParts = (length: number): Parts => {
  const most = Math.min(length, MOST);
  let kept = Buffer.alloc(0);
  let size = 0;
  let left = length;
  let lookedAt = 0;
  let damaged = false;
  const makeRoom = (needed: number): void => {
    if (needed <= kept.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.min(most, Math.max(needed, 2 * kept.length)));
    kept.copy(larger);
    kept = larger;
  };
  /** What only looks packed must not wait for its end: as soon as it came, and when it has become twice as long. */
  const look = (): void => {
    if (size < 2 * lookedAt) return;
    lookedAt = size;
    damaged = isDamaged(kept.subarray(0, size));
  };
  return {
    add(chunk, at) {
      const part = chunk.subarray(at, at + most - size);
      makeRoom(size + part.length);
      part.copy(kept, size);
      size += part.length;
      left -= part.length;
      if (size < most) look();
      return at + part.length;
    },
    isOver: () => size === most || damaged,
    open() {
      const message = kept.subarray(0, size);
      const opened = openMessage(message) ?? { text: message };
      return size === MOST && left > 0 && !damaged ? { ...opened, wrong: 'too_large' } : opened;
    },
    left: () => left,
  };
};

import { release } from '../release.ts';

/** At first; then sixteen times as much each time, but no more than is announced. */
const FIRST = 64 * 1024;
const GROWTH = 16;
export interface Gathering {
  /** How long it will be (bytes), as far as that is known. */
  readonly announced?: number | undefined;
  /** Nobody else has the chunks: each is freed as it comes. */
  readonly owned: boolean;
}

/** Puts the chunks of a body together, in memory that is given back when it is freed. */
export const createGathered = ({ announced, owned }: Gathering) => {
  let held = Buffer.alloc(0);
  let size = 0;
  const grow = (needed: number): void => {
    const next = Math.max(needed, Math.min(announced ?? 2 * held.length, Math.max(FIRST, GROWTH * held.length)));
    const larger = Buffer.allocUnsafeSlow(next);
    larger.set(held.subarray(0, size));
    release(held);
    held = larger;
  };
  return {
    add(chunk: Uint8Array): void {
      if (size + chunk.length > held.length) grow(size + chunk.length);
      held.set(chunk, size);
      size += chunk.length;
      if (owned) release(chunk);
    },
    bytes: (): Buffer => held.subarray(0, size),
    free: (): void => release(held),
  };
};

import { createHash } from 'node:crypto';
import type { Anchor, ByteSet } from '../pattern/anchor.ts';
import { annealed } from './annealed.ts';
import { LEADS } from './layout.ts';
import type { Seat, Seating } from './seat.ts';
import { seatAll } from './seats.ts';

/** Rounds of annealing that fit in a millisecond, or nearly. */
const ROUNDS_PER_MS = 200;
/** Up to so many anchors eight buckets do; up to so many, three bytes of a window. */
const FEW = 40;
const VERY_FEW = 16;

/** By this an anchor's seat is remembered: anchors of the same sets share it. */
export const keyOf = (sets: readonly ByteSet[]): string => {
  const hash = createHash('sha1');
  for (const set of sets) hash.update(set);
  return hash.digest('base64url').slice(0, 8);
};

/** Offset and bucket in one number, as they are stored. */
export const packed = ({ offset, bucket }: Seat): number => (offset + 4) * 16 + bucket;
const unpacked = (number: number): Seat => ({ offset: (number >> 4) - 4, bucket: number & 15 });

/** How the masks look for these anchors: annealed seats where they are known, the best that is left for the rest. */
export const seatingOf = (anchors: readonly Anchor[], triggers: boolean, annealMs: number): Seating => {
  const seats: Readonly<Record<string, number>> = annealed.seats;
  const sets = anchors.map((anchor) => anchor.sets);
  const text = Buffer.from(annealed.grams, 'latin1');
  const few = anchors.length <= FEW;
  return seatAll({
    anchors: sets,
    text,
    positions: anchors.length <= VERY_FEW ? 3 : 4,
    passes: few ? 1 : 2,
    buckets: (few ? 8 : 16) - (triggers ? LEADS : 0),
    rounds: annealMs * ROUNDS_PER_MS,
    ...(few
      ? {}
      : {
          known: (own) => {
            const number = seats[keyOf(own)];
            return number === undefined ? undefined : unpacked(number);
          },
        }),
  });
};

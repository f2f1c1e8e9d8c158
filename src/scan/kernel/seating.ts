import { hash } from 'node:crypto';
import type { Anchor, ByteSet } from '../pattern/anchor.ts';
import { annealed } from './annealed.ts';
import { LEADS } from './layout.ts';
import type { Seat, Seating } from './seat.ts';
import { seatAll } from './seats.ts';
import { WINDOW } from './sets.ts';

/** Rounds of annealing that fit in a millisecond, or nearly. */
const ROUNDS_PER_MS = 10;
/** Up to so many anchors in a bucket, one pass over each window does, and they are soon annealed; three bytes of it where they are very few. */
const FEW = 20;
const VERY_FEW = 12;
const ROUNDS_FOR_FEW = 8;
/** From so many on the sample is cut short: it takes too long, and all is let through anyway. */
const MANY = 1000;

const KEY = 8;
/** By this an anchor's seat is remembered: anchors of the same sets share it. */
export const keyOf = (sets: readonly ByteSet[]): string => hash('sha1', Buffer.concat(sets), 'base64url').slice(0, KEY);

/** Offset and bucket in one number, as they are stored behind the key. */
export const packed = ({ offset, bucket }: Seat): string => ((offset + WINDOW) * 16 + bucket).toString(36);
const unpacked = (text: string): Seat => {
  const number = Number.parseInt(text, 36);
  return { offset: (number >> 4) - WINDOW, bucket: number & 15 };
};

/** The seats that were annealed beforehand. */
export const createKnown = () => {
  const seats = new Map(annealed.seats.split(' ').map((one) => [one.slice(0, KEY), unpacked(one.slice(KEY))]));
  return (sets: readonly ByteSet[]): Seat | undefined => seats.get(keyOf(sets));
};

/** Every so manieth piece. */
const thinned = (text: Buffer, step: number): Buffer =>
  Buffer.from(text.filter((_, at) => Math.floor(at / WINDOW) % step === 0));

/** How the masks look for these anchors: annealed seats where they are known, the best that is left for the rest. */
export const seatingOf = (anchors: readonly Anchor[], triggers: boolean, annealMs: number): Seating => {
  const sets = anchors.map((anchor) => anchor.sets);
  const text = Buffer.from(annealed.grams, 'latin1');
  const spared = triggers ? LEADS : 0;
  const rounds = annealMs * ROUNDS_PER_MS;
  const buckets = 8 - spared;
  if (anchors.length <= FEW * buckets) {
    const more = { rounds: Math.max(rounds, ROUNDS_FOR_FEW * anchors.length), buckets };
    return seatAll({ anchors: sets, text, positions: anchors.length > VERY_FEW ? 4 : 3, passes: 1, ...more });
  }
  const knownSeat = createKnown();
  const known = sets.map(knownSeat);
  const seats = known.filter((one) => one !== undefined);
  if (seats.length === anchors.length && rounds === 0) return { positions: 4, passes: 2, seats };
  return seatAll({
    anchors: sets,
    text: thinned(text, anchors.length > MANY ? 8 : rounds === 0 ? 2 : 1),
    ...{ positions: 4, passes: 2, buckets: 16 - spared, rounds, known: knownSeat },
  });
};

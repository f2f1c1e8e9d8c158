import type { ByteSet } from '../pattern/anchor.ts';
import { createBoard } from './board.ts';
import { type Choice, createChoices } from './choices.ts';
import { createGrams } from './grams.ts';
import type { Seat, Seating } from './seat.ts';
import { ANY, createSets } from './sets.ts';

/** Windows of one anchor that are looked at: those that let least through. */
const WINDOWS = 12;
/** How much worse a seat may be that is taken: pieces of so many at first, pieces at last. */
const HOT = 3000;
const COLD = 0.05;

export interface Seats {
  readonly anchors: readonly (readonly ByteSet[])[];
  readonly positions: 3 | 4;
  readonly passes: 1 | 2;
  /** Buckets for anchors: as a rule some of the last pass belong to triggers. */
  readonly buckets: number;
  /** Pieces of text of WINDOW bytes on end: what is let through of them is let through of other text. */
  readonly text: Uint8Array;
  /** Seats that are known to be good. */
  readonly known?: ((sets: readonly ByteSet[]) => Seat | undefined) | undefined;
  /** How often another seat is tried for some anchor once all have one. */
  readonly rounds?: number;
  readonly seed?: number;
}

/** Where an anchor sits, and where else it could. */
interface Guest {
  readonly choices: readonly Choice[];
  choice: Choice;
  bucket: number;
}

/** Numbers from 0 to 1 that look random and are the same every time. */
const createDice = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
};

/** Seats all anchors, those first who know their seat; each of the others where it lets least more through. */
const welcome = (options: Seats) => {
  const { positions, buckets } = options;
  const grams = createGrams(options.text, positions);
  const board = createBoard(grams, buckets);
  const choicesOf = createChoices(grams);
  const sit = (guest: Guest): Guest => {
    board.join(guest.choice, guest.bucket);
    return guest;
  };
  const settled = options.anchors.map((anchor): Guest | readonly Choice[] => {
    const all = choicesOf(anchor);
    const choices = all.slice(0, WINDOWS);
    const seat = options.known?.(anchor);
    const choice = all.find(({ offset }) => offset === seat?.offset);
    if (seat === undefined || choice === undefined || seat.bucket >= buckets) return choices;
    return sit({ choices, choice, bucket: seat.bucket });
  });
  const guests = settled.map((one) => {
    if ('bucket' in one) return one;
    let best: Guest | undefined;
    let least = Number.POSITIVE_INFINITY;
    for (const choice of one) {
      for (let bucket = 0; bucket < buckets; bucket += 1) {
        const cost = choice.alone + board.cost(choice, bucket, least);
        if (cost >= least) continue;
        least = cost;
        best = { choices: one, choice, bucket };
      }
    }
    if (best === undefined) throw new Error('an anchor has no window');
    return sit(best);
  });
  return { board, guests, count: grams.count };
};

/**
 * Has guest after guest look for another seat, and take a worse one at times, the less the longer it goes on. Leaves all
 * on the best seats it saw.
 */
const anneal = ({ board, guests, count }: ReturnType<typeof welcome>, options: Seats): void => {
  const { rounds = 0, seed = 7, buckets } = options;
  const dice = createDice(seed);
  const pick = (of: number): number => Math.floor(dice() * of);
  let best = guests.map(({ choice, bucket }) => ({ choice, bucket }));
  const cost = (): number => guests.reduce((sum, { choice }) => sum + choice.alone, board.survivors());
  let least = cost();
  for (let round = 0; round < rounds; round += 1) {
    const guest = guests[pick(guests.length)];
    if (guest === undefined) break;
    const heat = Math.max(COLD, (count / HOT) * (1 - round / rounds) ** 2);
    board.leave(guest.choice, guest.bucket);
    const other = guest.choices[pick(guest.choices.length)] ?? guest.choice;
    let lowest = Number.POSITIVE_INFINITY;
    for (const choice of new Set([guest.choice, other])) {
      for (let bucket = 0; bucket < buckets; bucket += 1) {
        const luck = heat * -Math.log(dice() + 1e-9);
        const price = choice.alone + board.cost(choice, bucket, lowest + luck) - luck;
        if (price >= lowest) continue;
        lowest = price;
        guest.choice = choice;
        guest.bucket = bucket;
      }
    }
    board.join(guest.choice, guest.bucket);
    const now = cost();
    if (now >= least) continue;
    least = now;
    best = guests.map(({ choice, bucket }) => ({ choice, bucket }));
  }
  guests.forEach((guest, at) => {
    const seat = best[at] ?? guest;
    board.leave(guest.choice, guest.bucket);
    Object.assign(guest, seat);
    board.join(seat.choice, seat.bucket);
  });
};

/**
 * Gives each anchor a window and a bucket, so that few places of text are let through; tells which part is. Anchors of
 * the same sets share a seat.
 */
export const seatAll = (options: Seats): Seating & { readonly survivors: number } => {
  const { numberOf, all } = createSets();
  const places = new Map<string, number>();
  const anchors: (readonly ByteSet[])[] = [];
  const own = options.anchors.map((sets) => {
    const numbers = sets.map(numberOf);
    const key = numbers.join();
    const place = places.get(key) ?? anchors.push(numbers.map((number) => all[number] ?? ANY)) - 1;
    places.set(key, place);
    return place;
  });
  const table = welcome({ ...options, anchors });
  anneal(table, options);
  const survivors = table.board.survivors() / table.count;
  const seats = table.guests.map(({ choice, bucket }) => ({ offset: choice.offset, bucket }));
  return {
    positions: options.positions,
    passes: options.passes,
    seats: own.map((place) => seats[place] ?? { offset: 0, bucket: 0 }),
    survivors,
  };
};

import type { ByteSet } from '../pattern/anchor.ts';
import { type Board, createBoard, type Nibbles, nibblesOf } from './board.ts';
import { formsOf, MOST_FORMS } from './hash.ts';
import type { Seat, Seating } from './seat.ts';
import { offsetsOf, windowAt } from './sets.ts';

/** Windows of one anchor that are tried when it joins the others. */
const TRIED = 4;

interface Choice {
  readonly offset: number;
  readonly nibbles: Nibbles;
}

/** Every two neighbours have a byte in common: a flood of that byte is a flood of places. */
const repeats = (window: readonly ByteSet[]): boolean =>
  window.every((set, at) => at === 0 || set.some((own, byte) => own === 1 && window[at - 1]?.[byte] === 1));

/** The windows of an anchor that may be used: those that can be hashed and do not repeat themselves, if it has such. */
const choicesOf = (sets: readonly ByteSet[], positions: number): readonly Choice[] => {
  const windows = offsetsOf(sets).map((offset) => ({ offset, window: windowAt(sets, offset) }));
  const forms = windows.map(({ window }) => formsOf(window));
  const most = Math.max(MOST_FORMS, Math.min(...forms));
  const few = windows.filter((_, at) => (forms[at] ?? 0) <= most);
  const firm = few.filter(({ window }) => !repeats(window));
  return (firm.length > 0 ? firm : few).map(({ offset, window }) => ({
    offset,
    nibbles: nibblesOf(window, positions),
  }));
};

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

/** The windows that let least of the sample through, when each is alone. */
const bestOf = (choices: readonly Choice[], board: Board): readonly Choice[] =>
  choices
    .map((choice) => ({ choice, cost: board.cost(choice.nibbles, -1) }))
    .sort((one, other) => one.cost - other.cost)
    .slice(0, TRIED)
    .map(({ choice }) => choice);

interface Taken {
  choice: Choice;
  bucket: number;
}

export interface Seats {
  readonly anchors: readonly (readonly ByteSet[])[];
  readonly positions: 3 | 4;
  readonly buckets: 8 | 16;
  /** Pieces of text of WINDOW bytes on end: what is let through of them is let through of other text. */
  readonly grams: Uint8Array;
  /** Seats that are known to be good. */
  readonly known?: (sets: readonly ByteSet[]) => Seat | undefined;
  /** How often another seat is tried for some anchor once all have one. */
  readonly rounds?: number;
  readonly seed?: number;
}

/** Each anchor takes the seat that lets least more through: those who know their seat first. */
const seatAll = (board: Board, options: Seats, choices: readonly (readonly Choice[])[]): readonly Taken[] => {
  const taken = options.anchors.map((sets, at): Taken | undefined => {
    const seat = options.known?.(sets);
    const choice = choices[at]?.find(({ offset }) => offset === seat?.offset);
    if (seat === undefined || choice === undefined || seat.bucket >= options.buckets) return undefined;
    board.join(choice.nibbles, seat.bucket);
    return { choice, bucket: seat.bucket };
  });
  return taken.map((one, at) => {
    if (one !== undefined) return one;
    let best: Taken | undefined;
    let least = Number.POSITIVE_INFINITY;
    for (const choice of bestOf(choices[at] ?? [], board)) {
      for (let bucket = 0; bucket < options.buckets; bucket += 1) {
        const cost = board.cost(choice.nibbles, bucket);
        if (cost >= least) continue;
        least = cost;
        best = { choice, bucket };
      }
    }
    if (best === undefined) throw new Error('an anchor has no window');
    board.join(best.choice.nibbles, best.bucket);
    return best;
  });
};

/** Tries other seats, worse ones too, the less the longer it goes on. Ends with the best it saw. */
const anneal = (board: Board, options: Seats, taken: readonly Taken[], choices: readonly (readonly Choice[])[]) => {
  const { rounds = 0, seed = 7, buckets } = options;
  const dice = createDice(seed);
  const pick = (count: number): number => Math.floor(dice() * count);
  const heat = options.grams.length / 4 / 400;
  let best = taken.map((one) => ({ ...one }));
  let least = board.survivors();
  for (let round = 0; round < rounds; round += 1) {
    const at = pick(taken.length);
    const one = taken[at];
    const own = choices[at] ?? [];
    if (one === undefined) continue;
    const bucket = dice() < 0.3 ? one.bucket : pick(buckets);
    const choice = dice() < 0.5 ? one.choice : (own[pick(own.length)] ?? one.choice);
    if (bucket === one.bucket && choice === one.choice) continue;
    const before = board.survivors();
    board.leave(one.choice.nibbles, one.bucket);
    board.join(choice.nibbles, bucket);
    const now = board.survivors();
    if (now <= before || dice() < Math.exp((before - now) / Math.max(0.2, heat * (1 - round / rounds) ** 2))) {
      one.choice = choice;
      one.bucket = bucket;
      if (now < least) {
        least = now;
        best = taken.map((each) => ({ ...each }));
      }
    } else {
      board.leave(choice.nibbles, bucket);
      board.join(one.choice.nibbles, one.bucket);
    }
  }
  return { best, least };
};

/** Gives each anchor a window and a bucket, so that few places of text are let through. */
export const seat = (options: Seats): Seating & { readonly survivors: number } => {
  const { positions, buckets, grams } = options;
  const board = createBoard({ grams, positions, buckets });
  const choices = options.anchors.map((sets) => choicesOf(sets, positions));
  const taken = seatAll(board, options, choices);
  const { best, least } = anneal(board, options, taken, choices);
  return {
    positions,
    buckets,
    seats: best.map(({ choice, bucket }) => ({ offset: choice.offset, bucket })),
    survivors: least / (grams.length / 4),
  };
};

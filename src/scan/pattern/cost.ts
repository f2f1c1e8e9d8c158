import type { Range } from './anchor.ts';
import { every, isLetter, meets, membersOf } from './byte-set.ts';
import type { Statistics } from './statistics.ts';
import type { Word } from './words.ts';

/** Bytes that the kernel looks at together before anything else. */
const WINDOW = 4;
/** What a match of all sets costs more than one of a window. */
const CONFIRM = 40;
/** A window of classes lets much through in text of a kind that the statistics do not know. */
const NO_LETTERS = 50;
/** One byte over and over, or two in turn, would stand at every place of a flood. */
const FLOOD = 200;
const FLOOD_LEAST = 1e-4;
/** A match that may begin so many bytes further to the left costs twice as much. */
const SPREAD = 32;
/** One that may begin anywhere may be too long to be seen whole. */
const UNBOUNDED = 200;
/** Of two equal ways, that with fewer anchors. */
const EACH = 1e-7;

/** What an anchor of these sets costs at each byte of text, in rough units. */
export const costOf = (sets: Word, before: Range, statistics: Statistics): number => {
  const chances = sets.map((set, at) => {
    const previous = sets[at - 1];
    return previous ? statistics.shareAfter(previous, set) : statistics.shareOf(set);
  });
  const window = windowShare(sets, chances, statistics);
  const whole = chances.reduce((all, chance) => all * chance, 1);
  const spread = 1 + (before.most - before.least) / SPREAD;
  const cost = spread === Number.POSITIVE_INFINITY ? window * UNBOUNDED : window + CONFIRM * spread * whole;
  return floods(sets) ? (cost + EACH) * FLOOD + FLOOD_LEAST : cost + EACH;
};

/** Share of the places that the rarest window lets through. */
const windowShare = (sets: Word, chances: readonly number[], statistics: Statistics): number => {
  const letters = sets.map(isLetter);
  let rarest = 1;
  for (let from = 0; from === 0 || from + WINDOW <= sets.length; from += 1) {
    let share = statistics.shareOf(sets[from] ?? every);
    for (let at = from + 1; at < from + WINDOW; at += 1) share *= chances[at] ?? 1;
    if (share >= rarest) continue;
    const count = letters.slice(from, from + WINDOW).filter(Boolean).length;
    rarest = Math.min(rarest, count < 2 ? share * NO_LETTERS : share);
  }
  return rarest;
};

/** Could a text of one byte, or of two in turn, be full of this? */
const floods = (sets: Word): boolean => {
  if (sets.length < 3) return false;
  return commonBytes(sets.filter((_, at) => at % 2 === 0)) && commonBytes(sets.filter((_, at) => at % 2 === 1));
};

const commonBytes = ([first, ...rest]: Word): boolean =>
  first !== undefined &&
  rest.every((set) => meets(first, set)) &&
  membersOf(first).some((byte) => rest.every((set) => set[byte] === 1));

import { meets, membersOf } from './byte-set.ts';
import type { Statistics } from './statistics.ts';
import { lettersIn, type Word } from './words.ts';

/** Bytes that the kernel looks at together before anything else. */
const WINDOW = 4;
/** What a match of all sets costs more than one of a window. */
const CONFIRM = 40;
/** A window of classes lets much through in text of a kind that the statistics do not know. */
const NO_LETTERS = 50;
/** One byte over and over, or two in turn, would stand at every place of a flood. */
const FLOOD = 200;
const FLOOD_LEAST = 1e-4;
/** Of two equal ways, that with fewer anchors. */
const EACH = 1e-7;

/** What an anchor of these sets costs at each byte of text, in rough units. */
export const costOf = (sets: Word, statistics: Statistics): number => {
  const shares = sets.map((set, at) => {
    const before = sets[at - 1];
    return before ? statistics.shareAfter(before, set) : statistics.shareOf(set);
  });
  let window = 1;
  for (let from = 0; from + WINDOW <= Math.max(WINDOW, sets.length); from += 1) {
    const [first, ...rest] = sets.slice(from, from + WINDOW);
    if (!first) break;
    const share = rest.reduce((all, _, at) => all * (shares[from + 1 + at] ?? 1), statistics.shareOf(first));
    window = Math.min(window, share * (lettersIn([first, ...rest]) < 2 ? NO_LETTERS : 1));
  }
  const whole = shares.reduce((all, share) => all * share, 1);
  const cost = window + CONFIRM * whole + EACH;
  return floods(sets) ? cost * FLOOD + FLOOD_LEAST : cost;
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

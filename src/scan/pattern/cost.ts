import type { Range } from './anchor.ts';
import { commonTo, meets, none } from './byte-set.ts';
import { isLetter } from './letters.ts';
import type { Profile, Statistics } from './statistics.ts';
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
/** A match that may begin so many bytes further to the left costs twice as much. */
const SPREAD = 32;
/** One that may begin anywhere may be too long to be seen whole. */
const UNBOUNDED = 30;
/** What begins an address stands in ordinary text far more often than its pairs of bytes tell. */
const ADDRESS = [0x3a, 0x2f, 0x2f];
const ADDRESS_LEAST = 1e-3;
/** Of two equal ways, that with fewer anchors. */
const EACH = 1e-7;

/** What an anchor of these sets costs at each byte of text, in rough units. */
export const costOf = (sets: Word, before: Range, statistics: Statistics): number => {
  const profiles = sets.map(statistics.profileOf);
  const chances = profiles.map((profile, at) => {
    const previous = profiles[at - 1];
    return previous ? statistics.shareAfter(previous, profile) : profile.share;
  });
  const window = rarestWindow(sets, chances, profiles);
  const whole = chances.reduce((all, chance) => all * chance, 1);
  const spread = 1 + (before.most - before.least) / SPREAD;
  const cost = spread === Number.POSITIVE_INFINITY ? window * UNBOUNDED : window + CONFIRM * spread * whole;
  const least = begins(sets) ? ADDRESS_LEAST : 0;
  return floods(sets) ? (cost + EACH) * FLOOD + FLOOD_LEAST : cost + EACH + least;
};

/** Share of the places that the rarest window lets through. */
const rarestWindow = (sets: Word, chances: readonly number[], profiles: readonly Profile[]): number => {
  let rarest = 1;
  for (let from = 0; from === 0 || from + WINDOW <= sets.length; from += 1) {
    let share = profiles[from]?.share ?? 1;
    for (let at = from + 1; at < from + WINDOW; at += 1) share *= chances[at] ?? 1;
    if (share >= rarest) continue;
    const letters = lettersIn(sets.slice(from, from + WINDOW));
    rarest = Math.min(rarest, letters < 2 ? share * NO_LETTERS : share);
  }
  return rarest;
};

/** Does it hold the sign of an address? */
const begins = (sets: Word): boolean =>
  sets.some((_, at) => ADDRESS.every((byte, i) => sets[at + i]?.[byte] === 1 && isLetter(sets[at + i] ?? none)));

/** Could a text of one byte, or of two in turn, be full of this? */
const floods = (sets: Word): boolean =>
  sets.length > 2 &&
  haveCommon(sets.filter((_, at) => at % 2 === 0)) &&
  haveCommon(sets.filter((_, at) => at % 2 === 1));

const haveCommon = (sets: Word): boolean => {
  const [letter, other] = sets.filter(isLetter);
  // Most often two letters tell.
  return !(letter && other && !meets(letter, other)) && commonTo(sets).includes(1);
};

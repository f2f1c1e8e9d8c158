import type { Detector } from '../core/detector.ts';
import type { Suppression } from '../core/facts.ts';
import type { Found } from './found.ts';

/** What was found, and why it is no candidate, if it is none. */
export interface Match extends Found {
  readonly suppressed: Suppression | undefined;
  /** It goes over a blank. */
  readonly spread: boolean;
  /** What stands there, encoded form included; of what is long, the beginning. */
  readonly raw: string;
}

/** From where to where matches are settled, and who claims what beyond. */
export interface Bounds {
  readonly from: number;
  readonly to: number;
  readonly claimed: Map<string, number>;
}

/** The matches that begin within the bounds, and within no other of the same name. Notes those that reach beyond. */
export const settled = (matches: readonly Found[], { from, to, claimed }: Bounds): readonly Found[] => {
  const ends = new Map(claimed);
  const last = new Map<string, Found>();
  const inOrder = [...matches].sort((a, b) => a.start - b.start || a.within.start - b.within.start || b.end - a.end);
  const mine = inOrder.filter((one) => {
    const { by, start, end } = one;
    if (start < from || start >= to) return false;
    const before = last.get(by);
    if (before ? overlap(before, one) : start < (ends.get(by) ?? 0)) return false;
    last.set(by, one);
    ends.set(by, end);
    return true;
  });
  for (const [by, end] of ends) {
    if (end > to) claimed.set(by, end);
    else claimed.delete(by);
  }
  return mine;
};

/** Do they share a byte, of the flow or of the text that was packed there? `one` begins first. */
const overlap = (one: Found, other: Found): boolean =>
  one.within.unit === other.within.unit ? other.within.start < one.within.end : other.start < one.end;

/**
 * One match per place. A candidate goes before what is suppressed; a whole key before the part of it that stands in one
 * piece; then the detector that stands first in the registry;
 * then the fewest decodings. Two keys of one detector that overlap, read through different decodings, both stay.
 */
export const withoutRivals = (matches: readonly Match[], rankOf: (detector: Detector) => number): readonly Match[] => {
  const beaten = new Set<Match>();
  const inOrder = [...matches].sort((a, b) => a.start - b.start || a.within.start - b.within.start);
  for (const [i, one] of inOrder.entries()) {
    for (let j = i + 1; j < inOrder.length; j += 1) {
      const other = inOrder[j];
      if (!other || other.start >= one.end) break;
      if (beaten.has(one) || beaten.has(other) || !overlap(one, other)) continue;
      const loser = loserOf(one, other, rankOf);
      if (loser) beaten.add(loser);
    }
  }
  return inOrder.filter((match) => !beaten.has(match));
};

const loserOf = (one: Match, other: Match, rankOf: (detector: Detector) => number): Match | undefined => {
  if ((one.suppressed === undefined) !== (other.suppressed === undefined)) return one.suppressed ? one : other;
  const part = partOf(one, other) ?? partOf(other, one);
  if (part) return part;
  const [mine, other_] = [one.rule.detector, other.rule.detector];
  if (mine !== other_) return rankOf(mine) < rankOf(other_) ? other : one;
  if (one.secret !== other.secret) return undefined;
  // The fewest decodings; of as many always the same.
  const more = one.via.length - other.via.length;
  return more < 0 || (more === 0 && one.by <= other.by) ? other : one;
};

/** The first, if it is what can be seen of the other before more is decoded or put together; or the other, if not. */
const partOf = (one: Match, other: Match): Match | undefined => {
  if (one.via.length >= other.via.length && !(other.spread && !one.spread)) return undefined;
  // A `=` at the end of a line is a key's own rather than a soft break of quoted-printable.
  if (one.secret.endsWith('=') && other.via.at(-1) === 'quoted-printable') return other;
  if (mayBeWhole(one, other) || mayBePadded(one, other)) return undefined;
  const [mine, whole] = one.within.unit === other.within.unit ? [one.within, other.within] : [one, other];
  return mine.start === whole.start && mine.end < whole.end ? one : undefined;
};

const PUT_TOGETHER: ReadonlySet<string> = new Set(['wrapped', 'joined']);

/**
 * May the shorter be all there is of the key? The next line, or the next string (`"https://…?key=K" "curl/8.5.0"` of an access
 * log), may only look as if it went on with it: where the issuer can be asked, it is asked about both.
 */
const mayBeWhole = (one: Match, other: Match): boolean =>
  PUT_TOGETHER.has(other.via.at(-1) ?? '') && one.rule === other.rule && one.rule.detector.validate !== undefined;

/** The `=` of a soft break may be padding of base64, and what came with the next line none of it: both are told. */
const mayBePadded = (one: Match, other: Match): boolean =>
  one.via[0] === 'base64' && other.via.join() === ['quoted-printable', ...one.via].join();

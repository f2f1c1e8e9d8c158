import { beginsAt } from '../core/boundary.ts';
import type { Detector } from '../core/detector.ts';
import type { Suppression } from '../core/facts.ts';
import type { Prefilter } from './prefilter.ts';
import type { Place, View } from './view.ts';

/** A place where a detector's pattern fits. */
export interface Match extends Place {
  readonly detector: Detector;
  readonly secret: string;
  readonly via: readonly string[];
  /** Names detector and decodings. */
  readonly by: string;
  /** Why it is no candidate, if it is none. */
  readonly suppressed: Suppression | undefined;
}

/** Gives all matches in one view. */
export type Matcher = (view: View, give: (match: Match) => void) => void;

/** Tries patterns where the prefilter says so, and only there. */
export const createMatcher = (detectors: readonly Detector[], prefilter: Prefilter): Matcher => {
  const patterns = new Map(
    detectors.map((detector) => [detector.id, new RegExp(detector.pattern.source, `${detector.pattern.flags}dg`)]),
  );
  return (view, give) => {
    const { bytes, via } = view;
    for (const { detector, from, to } of prefilter(bytes)) {
      const pattern = patterns.get(detector.id);
      if (!pattern) continue;
      const text = bytes.toString('latin1', from, to);
      const cutStart = from > 0 || view.cutStart;
      const cutEnd = to < bytes.length || view.cutEnd;
      pattern.lastIndex = 0;
      for (let found = pattern.exec(text); found; found = pattern.exec(text)) {
        const [start, end] = found.indices?.groups?.['secret'] ?? [0, 0];
        if (found.index === start && !beginsAt(text, start)) {
          pattern.lastIndex = found.index + 1;
          continue;
        }
        // At a cut edge the pattern sees an end of text that is none.
        if ((cutStart && found.index === 0) || (cutEnd && end === text.length)) continue;
        const secret = text.slice(start, end);
        const by = [detector.id, ...via].join(' ');
        const place = view.place(from + start, from + end);
        give({ detector, secret, via, by, suppressed: suppressionOf(detector, secret), ...place });
      }
    }
  };
};

const suppressionOf = ({ foreign = [], placeholder, accept }: Detector, secret: string): Suppression | undefined => {
  if (placeholder?.test(secret)) return 'placeholder';
  if (foreign.some((shape) => shape.test(secret))) return 'foreign';
  return accept && !accept(secret) ? 'not-proved' : undefined;
};

/**
 * One match per place. A candidate goes before what is suppressed; then the detector that stands first in the registry;
 * then the fewest decodings. Two keys of one detector that overlap, read through different decodings, both stay.
 */
export const withoutRivals = (matches: readonly Match[], detectors: readonly Detector[]): readonly Match[] => {
  const rank = new Map(detectors.map(({ id }, at) => [id, at]));
  const rankOf = ({ detector }: Match): number => rank.get(detector.id) ?? 0;
  const beaten = new Set<Match>();
  const inOrder = [...matches].sort((a, b) => a.start - b.start);
  for (const [i, one] of inOrder.entries()) {
    for (let j = i + 1; j < inOrder.length; j += 1) {
      const other = inOrder[j];
      if (!other || other.start >= one.end) break;
      if (beaten.has(one) || beaten.has(other)) continue;
      const loser = loserOf(one, other, rankOf);
      if (loser) beaten.add(loser);
    }
  }
  return inOrder.filter((match) => !beaten.has(match));
};

const loserOf = (one: Match, other: Match, rankOf: (match: Match) => number): Match | undefined => {
  if ((one.suppressed === undefined) !== (other.suppressed === undefined)) return one.suppressed ? one : other;
  if (one.detector !== other.detector) return rankOf(one) < rankOf(other) ? other : one;
  if (one.secret !== other.secret) return undefined;
  return one.via.length <= other.via.length ? other : one;
};

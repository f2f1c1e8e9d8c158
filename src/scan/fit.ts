import { beginsAt } from '../core/boundary.ts';
import type { Fit, Rule } from './rule.ts';

/** Bytes after a match that its look-ahead may want to see. */
export const LOOK_AHEAD = 64;

/** Where in a string a match may begin, and the place that it must reach. */
interface Bounds {
  readonly first: number;
  readonly last: number;
  readonly least: number;
}

/**
 * The first match that begins in `first`–`last` of a string and reaches `least`; undefined when there is none. A match
 * that begins with its secret must begin where a key may.
 */
export const fitIn = (rule: Rule, text: string, { first, last, least }: Bounds): Fit | undefined => {
  for (let at = first; at <= last; ) {
    const fit = rule.find(text, at, last);
    if (!fit || fit.start > last) return undefined;
    const edged = !rule.edges || fit.from > fit.start || beginsAt(text, fit.from);
    if (edged && fit.end >= least) return fit;
    at = fit.start + 1;
  }
  return undefined;
};

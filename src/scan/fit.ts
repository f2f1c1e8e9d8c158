import { beginsAt } from '../core/boundary.ts';
import type { Rule } from './rule.ts';

/** Where the pattern of a rule fits in a string: the whole match, and the secret in it. */
export interface Fit {
  readonly start: number;
  readonly end: number;
  readonly secretStart: number;
  readonly secretEnd: number;
}

/** Bytes after a match that its look-ahead may want to see. */
export const LOOK_AHEAD = 64;

/**
 * The first match that begins in `first`–`last` of a string and reaches `least`; undefined when there is none. A match
 * that begins with its secret must begin where a key may.
 */
export const fitIn = (
  { sticky, search, exact }: Rule,
  text: string,
  { first, last, least }: { readonly first: number; readonly last: number; readonly least: number },
): Fit | undefined => {
  for (let from = first; from <= last; from += 1) {
    // One place: nothing is searched for, and most hits end here.
    const tried = first === last ? sticky : search;
    tried.lastIndex = from;
    if (!tried.test(text)) return undefined;
    exact.lastIndex = from;
    const found = exact.exec(text);
    if (!found || found.index > last) return undefined;
    const [secretStart, secretEnd] = found.indices?.groups?.['secret'] ?? [0, 0];
    const end = found.index + found[0].length;
    const edged = secretStart > found.index || beginsAt(text, secretStart);
    if (edged && end >= least) return { start: found.index, end, secretStart, secretEnd };
    from = found.index;
  }
  return undefined;
};

import type { Allowlist } from './pack.ts';
import { createRe2 } from './re2.ts';
import { createStopwords } from './stopwords.ts';

/** What an allowlist looks at. */
export interface Found {
  readonly secret: string;
  readonly match: string;
  readonly line: string;
  readonly path: string;
}

/** An allowlist, ready. */
export interface Allow {
  /** Is nothing looked for in this file? */
  skips(path: string): boolean;
  allows(found: Found): boolean;
}

const joined = (sources: readonly string[]): ((text: string) => boolean) => {
  const patterns = createRe2(sources.map((source) => `(?:${source})`).join('|'));
  return (text) => text !== '' && patterns.test(text);
};

/**
 * Compiles an allowlist; throws an Error with the reason where a pattern of it cannot be used. Under `and` everything that
 * is listed must hold. Commits are not known here: a list that needs one never allows.
 */
export const createAllow = (list: Allowlist): Allow => {
  const { condition: all, regextarget: target, regexes, stopwords, paths, commits } = list;
  const inPaths = paths.length > 0 ? joined(paths) : undefined;
  const fits = regexes.length > 0 ? joined(regexes) : undefined;
  const holds = stopwords.length > 0 ? createStopwords(stopwords) : undefined;
  const textOf = ({ secret, match, line }: Found): string =>
    target === 'match' ? match : target === 'line' ? line : secret;
  if (all) {
    const possible = commits.length === 0 && (inPaths ?? fits ?? holds) !== undefined;
    return {
      skips: (path) => possible && !fits && !holds && inPaths?.(path) === true,
      allows: (found) =>
        possible &&
        inPaths?.(found.path) !== false &&
        fits?.(textOf(found)) !== false &&
        holds?.(found.secret) !== false,
    };
  }
  return {
    skips: (path) => inPaths?.(path) === true,
    allows: (found) => fits?.(textOf(found)) === true || holds?.(found.secret) === true,
  };
};

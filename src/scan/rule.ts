import type { Detector } from '../core/detector.ts';
import type { Suppression } from '../core/facts.ts';
import type { Pattern } from './pattern/node.ts';
import { parsePattern } from './pattern/parse.ts';

/** Where a pattern fits in a text: the whole match, and from the first byte of the secret to before the last. */
export interface Fit {
  readonly start: number;
  readonly end: number;
  readonly from: number;
  readonly to: number;
}

/**
 * The leftmost match that begins at `from` or later in a text of one byte a character; linear in the text. One that
 * begins after `last` is of no use, and need not be found.
 */
export type Find = (text: string, from: number, last?: number) => Fit | undefined;

/** What a match of a rule looks like to its allowlists. */
export interface Sight {
  readonly secret: string;
  readonly match: string;
  /** The line it stands on, at most 256 bytes either side. */
  readonly line: string;
  /** The fragment's locator. */
  readonly path: string;
}

/** What the scanner compiles: a detector, or a rule of somebody's pack. */
export interface Rule {
  readonly detector: Detector;
  /** Anchors and widths come from this. */
  pattern(): Pattern;
  /** For a pattern that has no anchors: words that must stand near, with all that may stand between. */
  readonly near?: Pattern;
  /** Does the scanner judge the left edge of a match that begins with its secret? */
  readonly edges: boolean;
  readonly find: Find;
  /** Is it looked for in what has this locator? Absent: everywhere. */
  readonly applies?: (path: string) => boolean;
  /** What its pack has against a match. Absent: nothing. */
  readonly doubt?: (sight: Sight) => Suppression | undefined;
}

/** A detector as the scanner compiles it; its pattern was proved linear by the shared suite. */
export const ruleOf = (detector: Detector): Rule => {
  const { source, flags } = detector.pattern;
  const regexp = (more: string) => new RegExp(source, `${flags.replace(/[dgy]/g, '')}${more}`);
  const [sticky, search, exact] = [regexp('y'), regexp('g'), regexp('dg')];
  return {
    detector,
    pattern: () => parsePattern(source, { dialect: 'js', flags }),
    edges: true,
    find(text, at, last) {
      // Most are tried at one place and fail there: asked without places first, which is quicker.
      const tried = at === last ? sticky : search;
      tried.lastIndex = at;
      if (!tried.test(text)) return undefined;
      exact.lastIndex = at;
      const found = exact.exec(text);
      const [from, to] = found?.indices?.groups?.['secret'] ?? found?.indices?.[0] ?? [0, 0];
      return found ? { start: found.index, end: found.index + found[0].length, from, to } : undefined;
    },
  };
};

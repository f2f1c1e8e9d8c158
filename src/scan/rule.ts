import type { Detector } from '../core/detector.ts';
import type { Suppression } from '../core/facts.ts';
import type { Pattern } from './pattern/node.ts';
import { parsePattern } from './pattern/parse.ts';

/** A match, and the secret in it: from the first byte to before the last. */
export interface Found {
  readonly start: number;
  readonly end: number;
  readonly from: number;
  readonly to: number;
}

/** The leftmost match that begins at `from` or later of a text of one byte a character; linear in the text. */
export type Find = (text: string, from: number) => Found | undefined;

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
  readonly pattern: Pattern;
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
  const pattern = new RegExp(source, `${flags.replace(/[dgy]/g, '')}dg`);
  return {
    detector,
    pattern: parsePattern(source, { dialect: 'js', flags }),
    edges: true,
    find(text, at) {
      pattern.lastIndex = at;
      const found = pattern.exec(text);
      const [from, to] = found?.indices?.groups?.['secret'] ?? found?.indices?.[0] ?? [0, 0];
      return found ? { start: found.index, end: found.index + found[0].length, from, to } : undefined;
    },
  };
};

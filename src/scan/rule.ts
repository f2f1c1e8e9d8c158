import type { Detector } from '../core/detector.ts';
import type { Suppression } from '../core/facts.ts';
import { headOf } from './pattern/head.ts';
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
  /** Bytes beside a match that `find` wants to see, more than its pattern does. */
  readonly beside?: number;
  /** Is it looked for in what has this locator? Absent: everywhere. */
  readonly applies?: (path: string) => boolean;
  /** What its pack has against a match. Absent: nothing. */
  readonly doubt?: (sight: Sight) => Suppression | undefined;
}

/** A pattern with other flags, from a place on. Made when it is first needed: most kinds of keys stand in no text. */
const regExpOf = ({ source, flags }: RegExp, more: 'y' | 'g' | 'dg'): ((at: number) => RegExp) => {
  let made: RegExp | undefined;
  return (at) => {
    made ??= new RegExp(source, `${flags.replace(/[dgy]/g, '')}${more}`);
    made.lastIndex = at;
    return made;
  };
};

/** The leftmost match that begins at `from` or later; looks no further than `last` where it can. */
const createSearch = (pattern: RegExp, headOfAll: () => string) => {
  const sticky = regExpOf(pattern, 'y');
  const search = regExpOf(pattern, 'g');
  let head: string | undefined;
  return (text: string, from: number, last: number | undefined): RegExpExecArray | null => {
    if (from === last) return sticky(from).exec(text);
    head ??= headOfAll();
    if (last === undefined || head.length < 2) return search(from).exec(text);
    for (let at = text.indexOf(head, from); at >= 0 && at <= last; at = text.indexOf(head, at + 1)) {
      const match = sticky(at).exec(text);
      if (match) return match;
    }
    return null;
  };
};

/** A detector as the scanner compiles it; its pattern was proved linear by the shared suite. */
export const ruleOf = (detector: Detector): Rule => {
  const { source, flags } = detector.pattern;
  const pattern = () => parsePattern(source, { dialect: 'js', flags });
  const search = createSearch(detector.pattern, () => headOf(pattern().root));
  const exact = regExpOf(detector.pattern, 'dg');
  const begins = source.startsWith('(?<secret>');
  const spanIn = (text: string, match: RegExpExecArray): readonly [from: number, to: number] => {
    const secret = match.groups?.['secret'];
    if (begins && secret !== undefined) return [match.index, match.index + secret.length];
    // Places cost more than the match itself: only where they cannot be told otherwise.
    const { indices } = exact(match.index).exec(text) ?? {};
    return indices?.groups?.['secret'] ?? indices?.[0] ?? [0, 0];
  };
  return {
    detector,
    pattern,
    edges: true,
    find(text, at, last) {
      const match = search(text, at, last);
      if (!match) return undefined;
      const [from, to] = spanIn(text, match);
      return { start: match.index, end: match.index + match[0].length, from, to };
    },
  };
};

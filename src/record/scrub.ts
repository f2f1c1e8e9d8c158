/** A kind of secret text: keywords (plain, in any case) of which one must occur before the pattern is tried. */
export interface SecretPattern {
  readonly keywords: readonly string[];
  /** May name a group `secret`; then only that is replaced. Flags g and y are of no account. */
  readonly pattern: RegExp;
}

/**
 * What may stand glued to the left of a key in a log line and hide its border: escapes of JSON and of shells, percent
 * codes, terminal colours.
 */
const COLOUR = '\\[[0-9;]*m';
const GLUE = `\\\\+(?:[abefnrtv0/]|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2})(?:${COLOUR})?|%[0-9a-fA-F]{2}|\u001b${COLOUR}`;

interface Span {
  readonly start: number;
  readonly end: number;
}

const spans = (text: string, pattern: RegExp): Span[] =>
  [...text.matchAll(pattern)].map((match) => {
    const [start, end] = match.indices?.groups?.['secret'] ?? [match.index, match.index + match[0].length];
    return { start, end };
  });

const replaced = (text: string, found: readonly Span[]): string => {
  let result = '';
  let at = 0;
  for (const { start, end } of [...found].sort((a, b) => a.start - b.start)) {
    if (start >= at) result += `${text.slice(at, start)}[secret]`;
    at = Math.max(at, end);
  }
  return result + text.slice(at);
};

/** A function that replaces every secret in a text by `[secret]`; linear when the patterns are. */
export const createScrubber = (kinds: readonly SecretPattern[]): ((text: string) => string) => {
  const own = kinds.map(({ keywords, pattern }) => ({
    keywords: keywords.map((keyword) => keyword.toLowerCase()),
    pattern: new RegExp(pattern.source, `${pattern.flags.replace(/[dgy]/g, '')}dg`),
  }));
  const glue = new RegExp(GLUE, 'g');
  return (text) => {
    const small = text.toLowerCase();
    const near = own.filter(({ keywords }) => keywords.some((keyword) => small.includes(keyword)));
    if (near.length === 0) return text;
    // The same length, so that a place found in one is the place in the other.
    const unglued = text.replace(glue, (found) => ' '.repeat(found.length));
    return replaced(
      text,
      near.flatMap(({ pattern }) => [...spans(text, pattern), ...(unglued === text ? [] : spans(unglued, pattern))]),
    );
  };
};

import type { Find } from '../rule.ts';
import type { Spans } from './re2.ts';
import type { Search } from './search.ts';

interface FindNeeds {
  readonly search: Search;
  /** Number of the secret's group; 0: the first that took part, or else the whole match. */
  readonly group: number;
  /** One must stand near, in small or capital letters; none: no matter what stands there. */
  readonly keywords: readonly string[];
}

/** How far from a match a keyword counts as near. */
export const NEAR = 256;

const spanOf = (spans: Spans, group: number): readonly [from: number, to: number] | undefined => {
  const [from = -1, to = -1] = spans.slice(2 * group, 2 * group + 2);
  return to > from && from >= 0 ? [from, to] : undefined;
};

const secretOf = (text: string, spans: Spans, group: number): readonly [from: number, to: number] | undefined => {
  if (group > 0) return spanOf(spans, group);
  for (let one = 1; 2 * one < spans.length; one += 1) {
    const span = spanOf(spans, one);
    if (span) return span;
  }
  let [from, to] = spanOf(spans, 0) ?? [0, 0];
  while (from < to && text[from] === '\n') from += 1;
  while (from < to && text[to - 1] === '\n') to -= 1;
  return to > from ? [from, to] : undefined;
};

/** Finds as the rule's own scanner would, but wants a keyword near the match, not somewhere in the file. */
export const createFind = ({ search, group, keywords }: FindNeeds): Find => {
  const small = keywords.map((word) => word.toLowerCase()).filter(Boolean);
  const isNear = (text: string, start: number, end: number): boolean => {
    if (small.length === 0) return true;
    const around = text.slice(Math.max(0, start - NEAR), end + NEAR).toLowerCase();
    return small.some((word) => around.includes(word));
  };
  return (text, from, last = text.length) => {
    for (let at = from; at <= Math.min(last, text.length); ) {
      const spans = (at === from ? search.first : search.next)(text, at, last);
      if (!spans) return undefined;
      const [start = 0, end = 0] = spans;
      const secret = secretOf(text, spans, group);
      if (secret && isNear(text, start, end)) return { start, end, from: secret[0], to: secret[1] };
      at = Math.max(end, start + 1);
    }
    return undefined;
  };
};

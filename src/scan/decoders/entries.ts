import type { Text } from '../text.ts';
import { byteAt, LINE_FEED, standsAt } from './bytes.ts';

/** Bytes of what stands between two parts: `","stream":"stdout","time":"2026-…Z"}`. */
const LONGEST_TAIL = 400;
const HEAD = '{"log":"';
const COMMA = 0x2c;

/** Where the text goes on that a container runtime cut into entries of JSON at the quote at `at` (Docker's json-file); else -1. */
export const afterEntry = (text: Text, at: number): number => {
  if (byteAt(text, at + 1) !== COMMA || !standsAt(text, at, '","')) return -1;
  if (!standsAt(text, at + 3, 'stream"') && !standsAt(text, at + 3, 'attrs"') && !standsAt(text, at + 3, 'time"'))
    return -1;
  const most = Math.min(text.end, at + LONGEST_TAIL);
  let to = at;
  while (to < most && text.bytes[to] !== LINE_FEED) to += 1;
  if (to >= text.end) return text.cutEnd ? text.end : -1;
  if (!standsAt(text, to + 1, HEAD)) return text.cutEnd && to + 1 + HEAD.length > text.end ? text.end : -1;
  return to + 1 + HEAD.length;
};

/** Of `2026-02-03T04:05:06.123456789+01:00 stdout P `: up to the tag. */
const LONGEST_STAMP = 48;

/** A line of the container runtime interface at `at`: where its text begins, and whether it is one part of a longer line. */
export const partAt = (text: Text, at: number): { readonly content: number; readonly goesOn: boolean } | undefined => {
  if (byteAt(text, at + 4) !== 0x2d || byteAt(text, at + 10) !== 0x54) return undefined;
  for (let to = at + 19; to < at + LONGEST_STAMP; to += 1) {
    if (byteAt(text, to) !== 0x20) continue;
    if (!standsAt(text, to, ' stdout ') && !standsAt(text, to, ' stderr ')) return undefined;
    const tag = byteAt(text, to + 8);
    return { content: to + 10, goesOn: tag === 0x50 };
  }
  return undefined;
};

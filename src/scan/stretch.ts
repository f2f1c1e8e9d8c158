import type { Anchor, ByteSet } from './pattern/anchor.ts';
import { union } from './pattern/byte-set.ts';
import { setsOf } from './pattern/width.ts';
import type { Rule } from './rule.ts';
import type { Place, Text } from './text.ts';
import { createTold } from './told.ts';

/** Bytes of a match before its anchor, and after it, where its pattern knows no bound. */
export const MOST_BEFORE = 1024;
const MOST_AFTER = 8192;

const BLANK = 0x20;

/** The bytes that matches of a rule are made of; undefined where these end nowhere, or the anchors stand beside the matches. */
const bytesOf = ({ pattern, near }: Pick<Rule, 'pattern' | 'near'>): ByteSet | undefined => {
  const bytes = near ? undefined : union([...setsOf(pattern().root)].map(({ set }) => set));
  return bytes?.[BLANK] === 0 ? bytes : undefined;
};

/**
 * Tells what of a text a match round an anchor may take: as far as its pattern reaches, and stands on end of what its
 * matches are made of. Undefined where that is too little. Most places that look like a key's beginning are names in
 * programs: they need not be tried.
 */
export const createStretches = (rules: readonly Pick<Rule, 'pattern' | 'near'>[]) => {
  const madeOf = createTold(rules, bytesOf);
  return ({ rule, sets, before, after }: Anchor, at: number, text: Text): Place | undefined => {
    const bytes = madeOf(rule);
    const least = Math.max(text.start, at - Math.min(before.most, MOST_BEFORE));
    const most = Math.min(text.end, at + sets.length + Math.min(after.most, MOST_AFTER));
    if (bytes === null) return { start: least, end: most };
    let start = at;
    while (start > least && bytes[text.bytes[start - 1] ?? 0] === 1) start -= 1;
    let end = at + sets.length;
    while (end < most && bytes[text.bytes[end] ?? 0] === 1) end += 1;
    const goesOn = text.cutEnd && end === text.end;
    if (start > at - before.least || (end < at + sets.length + after.least && !goesOn)) return undefined;
    return { start, end };
  };
};

import { EDGE_REACH } from '../core/boundary.ts';
import { fitIn, LOOK_AHEAD } from './fit.ts';
import { type Hit, isProved, type Listener, nameOf } from './found.ts';
import type { Span } from './sheet.ts';
import type { Place } from './text.ts';

/** Characters of a line that are kept on either side of a secret. */
const LINE = 256;

interface WholeHit extends Hit {
  /** What a match may take of the text. */
  readonly stretch: Place;
}

/** Tries the pattern of a hit where the hit is. Gives up to where in the window its match takes the text; 0 if nowhere. */
export const confirm = (
  { rule, anchor, at, stretch }: WholeHit,
  span: Span,
  { budget, give, open }: Listener,
): number => {
  const { text } = span;
  const { beside = 0 } = rule;
  const from = Math.max(text.start, stretch.start - Math.max(EDGE_REACH, beside));
  const to = Math.min(text.end, stretch.end + Math.max(LOOK_AHEAD, beside));
  const part = text.bytes.toString('latin1', from, to);
  const first = stretch.start - from;
  const range = { first, last: at - anchor.before.least - from, least: at + anchor.sets.length - from };
  const fit = fitIn(rule, part, range);
  const secret = fit && part.slice(fit.from, fit.to);
  budget.tried(anchor.rule, to - from, isProved(rule, secret));
  const cutEnd = text.cutEnd && to === text.end;
  if (!fit || secret === undefined || (cutEnd && fit.end === part.length)) {
    if (rule.lines && cutEnd) open(span.place(from + first, to).start);
    return 0;
  }
  // At a cut edge the pattern sees a beginning of the text that is none.
  if (text.cutStart && from === text.start && fit.start === 0) return 0;
  if (span.again(from + fit.from, from + fit.to)) return from + fit.to;
  give({
    ...{ rule, by: nameOf(rule, text.via), ...span.place(from + fit.from, from + fit.to), via: text.via },
    ...{ secret, match: part.slice(fit.start, fit.end) },
    within: span.within(from + fit.from, from + fit.to),
    ...lineOf(span, from + fit.from, from + fit.to),
  });
  return from + fit.to;
};

/** The line around a secret, as far as it is kept. */
const lineOf = ({ text }: Span, start: number, end: number) => {
  const begin = Math.max(text.start, start - LINE);
  const around = text.bytes.toString('latin1', begin, Math.min(text.end, end + LINE));
  const at = start - begin;
  const from = at === 0 ? 0 : around.lastIndexOf('\n', at - 1) + 1;
  const to = around.indexOf('\n', at + end - start);
  return { line: around.slice(from, to < 0 ? undefined : to), at: at - from };
};

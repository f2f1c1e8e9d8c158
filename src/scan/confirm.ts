import { EDGE_REACH } from '../core/boundary.ts';
import { type Fit, fitIn, LOOK_AHEAD } from './fit.ts';
import { type Hit, type Listener, nameOf } from './found.ts';
import type { Span } from './sheet.ts';

/** Characters of a line that are kept on either side of a secret. */
const LINE = 256;

/** Tries the pattern of a hit where the hit is. Gives up to where in the window its match takes the text; 0 if nowhere, -1 if it may not be tried. */
export const confirm = ({ rule, anchor, at }: Hit, span: Span, { budget, give, open }: Listener): number => {
  const { text } = span;
  const from = Math.max(text.start, at - anchor.before.most - EDGE_REACH);
  const to = Math.min(text.end, at + anchor.sets.length + anchor.after.most + LOOK_AHEAD);
  if (!budget.allows('confirmed', to - from)) return -1;
  const part = text.bytes.toString('latin1', from, to);
  const first = Math.max(from, at - anchor.before.most) - from;
  const range = { first, last: at - anchor.before.least - from, least: at + anchor.sets.length - from };
  const fit = fitIn(rule, part, range);
  const cutEnd = text.cutEnd && to === text.end;
  if (!fit || (cutEnd && fit.end === part.length)) {
    if (rule.lines && cutEnd) open(span.place(from + first, to).start);
    return 0;
  }
  // At a cut edge the pattern sees a beginning of the text that is none.
  if (text.cutStart && from === text.start && fit.start === 0) return 0;
  give({
    ...{ rule, by: nameOf(rule, text.via), ...span.place(from + fit.secretStart, from + fit.secretEnd), via: text.via },
    ...{ secret: part.slice(fit.secretStart, fit.secretEnd), lines: span.lines || rule.lines },
    ...lineOf(span, { ...fit, from }),
  });
  return from + fit.secretEnd;
};

/** The line around a secret, as far as it is kept. */
const lineOf = ({ text }: Span, { from, secretStart, secretEnd }: Fit & { readonly from: number }) => {
  const begin = Math.max(text.start, from + secretStart - LINE);
  const around = text.bytes.toString('latin1', begin, Math.min(text.end, from + secretEnd + LINE));
  const at = from + secretStart - begin;
  const start = at === 0 ? 0 : around.lastIndexOf('\n', at - 1) + 1;
  const end = around.indexOf('\n', at + secretEnd - secretStart);
  return { line: around.slice(start, end < 0 ? undefined : end), at: at - start };
};

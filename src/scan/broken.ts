import type { createHeal } from './decoders/heal.ts';
import { fitIn } from './fit.ts';
import { type Hit, type Listener, nameOf } from './found.ts';
import type { Span } from './sheet.ts';

/** Tries the pattern of a hit once more, with what breaks up a key taken out: line ends, continuations, joined strings. */
export const confirmBroken = (
  { rule, anchor, at }: Hit,
  span: Span,
  { heal, budget, give, open }: Listener & { readonly heal: ReturnType<typeof createHeal> },
): void => {
  const { text } = span;
  const length = anchor.sets.length;
  const healed = heal(text, { from: at, to: at + length, before: anchor.before.most, after: anchor.after.most });
  if (!healed) return;
  const { reading } = healed;
  if (healed.open) open(span.place(reading.place(0, 1).start, text.end).start);
  const { buffer, byteOffset } = reading.bytes;
  const line = Buffer.from(buffer, byteOffset, reading.bytes.length).toString('latin1');
  for (let first = 0; first < line.length; ) {
    const fit = fitIn(rule, line, { first, last: line.length, least: 0 });
    budget.tried(anchor.rule, line.length - first, fit !== undefined);
    if (!fit) return;
    first = fit.to;
    const secret = line.slice(fit.from, fit.to);
    const { start, end } = reading.place(fit.from, fit.to);
    // Judged when more is there; or not broken, and found in clear.
    if ((healed.open && fit.end === line.length) || end - start === secret.length) continue;
    const via = [...text.via, reading.name];
    const by = nameOf(rule, via);
    const where = { ...span.place(start, end), within: span.within(start, end) };
    const match = line.slice(fit.start, fit.end);
    give({ rule, by, ...where, secret, match, via, line, at: fit.from });
  }
};

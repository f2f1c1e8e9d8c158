import type { createHeal, Healed, Reach } from './decoders/heal.ts';
import { fitIn } from './fit.ts';
import { type Hit, isProved, type Listener, nameOf } from './found.ts';
import type { Span } from './sheet.ts';

interface BrokenHit extends Hit {
  /** Was something found here in one piece? If not, what only might have broken up a key is taken out too. */
  readonly whole: boolean;
}
interface Healing extends Listener {
  readonly heal: ReturnType<typeof createHeal>;
}
interface Trying {
  readonly reach: Reach;
  readonly listener: Healing;
}
interface Confirming {
  readonly healed: Healed;
  readonly listener: Listener;
}

/** Fewer breaks than were found that are tried at most, where a key with all of them is none. */
const MOST_FEWER = 8;

/** Tries the pattern of a hit once more, with what breaks up a key taken out: line ends, continuations, joined strings. */
export const confirmBroken = (hit: BrokenHit, span: Span, listener: Healing): void => {
  const { at, whole, anchor } = hit;
  const { before, after, sets } = anchor;
  const reach = { from: at, to: at + sets.length, before: before.most, after: after.most, eager: !whole };
  // As a rule nothing is broken.
  if (!listener.heal(span.text, reach)) return;
  if (!whole && confirmFewer(hit, span, { reach: { ...reach, eager: false }, listener })) return;
  confirmFewer(hit, span, { reach, listener });
};

/** Tries it with all breaks taken out, then with ever less: what comes after a key may look like the rest of it. */
const confirmFewer = (hit: Hit, span: Span, { reach, listener }: Trying): boolean => {
  let healed = listener.heal(span.text, reach);
  for (let fewer = 0; healed; fewer += 1) {
    const { breaks } = healed;
    if (confirmHealed(hit, span, { healed, listener })) return true;
    if (breaks === 0 || fewer === MOST_FEWER) return false;
    healed = listener.heal(span.text, { ...reach, breaks: breaks - 1 });
  }
  return false;
};

const confirmHealed = ({ rule, anchor }: Hit, span: Span, { healed, listener }: Confirming): boolean => {
  const { reading, open } = healed;
  const { text } = span;
  if (open) listener.open(span.place(reading.place(0, 1).start, text.end).start);
  const { buffer, byteOffset } = reading.bytes;
  const line = Buffer.from(buffer, byteOffset, reading.bytes.length).toString('latin1');
  let given = false;
  for (let first = 0; first < line.length; ) {
    const fit = fitIn(rule, line, { first, last: line.length, least: 0 });
    const secret = fit && line.slice(fit.from, fit.to);
    listener.budget.tried(anchor.rule, line.length - first, isProved(rule, secret));
    if (!fit || secret === undefined) return given;
    first = fit.to;
    const { start, end } = reading.place(fit.from, fit.to);
    // Judged when more is there; or not broken, and found in clear.
    if ((open && fit.end === line.length) || end - start === secret.length) continue;
    const via = [...text.via, reading.name];
    const by = nameOf(rule, via);
    const where = { ...span.place(start, end), within: span.within(start, end) };
    const match = line.slice(fit.start, fit.end);
    listener.give({ rule, by, ...where, secret, match, via, line, at: fit.from });
    given = true;
  }
  return given;
};

import type { Decoder, View } from './view.ts';

const NONE = 0xff;

/** 6-bit value of each base64 character, of the standard and the URL-safe alphabet alike (RFC 4648, 4 and 5). */
const createSextets = (): Uint8Array => {
  const sextets = new Uint8Array(256).fill(NONE);
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
  for (const [value, letter] of [...letters, '+', '/'].entries()) sextets[letter.charCodeAt(0)] = value;
  sextets['-'.charCodeAt(0)] = 62;
  sextets['_'.charCodeAt(0)] = 63;
  return sextets;
};
const sextets: Readonly<Uint8Array> = createSextets();
const sextetAt = (bytes: Buffer, at: number): number => sextets[bytes[at] ?? 0] ?? NONE;

/** Characters of the shortest run that can hold a key. */
const SHORTEST_RUN = 20;
/** Full quads of four characters, each decoding to ASCII, that can hold a key; a chance of 1 in 4096 at random. */
const SHORTEST_STRETCH = 4;

/**
 * What stands in base64, however it stands in the text: at any of the four alignments, so that neither a word glued to
 * the front nor the border of a fragment hides it; only where it decodes to ASCII, so that paths, hashes and pictures
 * cost next to nothing.
 */
export const base64: Decoder = function* (view, { overlap, piece }) {
  for (const run of runsIn(view.bytes)) {
    for (let alignment = 0; alignment < 4; alignment += 1) {
      for (const { from, to } of stretchesIn(view.bytes, run.from + alignment, run.to)) {
        for (let start = from; start < to; start += piece - overlap) {
          const end = Math.min(start + piece, to);
          yield decoded(view, { from: start, to: end, cutStart: start > from, cutEnd: end < to });
          if (end === to) break;
        }
      }
    }
  }
};

interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** Runs of base64 characters. It looks at the far end of the shortest run first, and so skips most of ordinary text. */
const runsIn = function* (bytes: Buffer): Generator<Stretch> {
  let from = 0;
  while (from + SHORTEST_RUN <= bytes.length) {
    let at = from + SHORTEST_RUN - 1;
    while (at >= from && sextetAt(bytes, at) !== NONE) at -= 1;
    if (at >= from) {
      from = at + 1;
      continue;
    }
    let to = from + SHORTEST_RUN;
    while (to < bytes.length && sextetAt(bytes, to) !== NONE) to += 1;
    yield { from, to };
    from = to + 1;
  }
};

/** Do the four characters decode to three ASCII characters? */
const isAscii = (bytes: Buffer, at: number): boolean =>
  (sextetAt(bytes, at) & 32) === 0 && (sextetAt(bytes, at + 1) & 8) === 0 && (sextetAt(bytes, at + 2) & 2) === 0;

/** Parts of a run that decode to ASCII, with a quad on either side: keys may begin or end inside of it. */
const stretchesIn = (bytes: Buffer, from: number, to: number): readonly Stretch[] => {
  const found: Stretch[] = [];
  let count = 0;
  let at = from;
  for (; at + 4 <= to; at += 4) {
    if (isAscii(bytes, at)) {
      count += 1;
      continue;
    }
    if (count >= SHORTEST_STRETCH) found.push({ from: Math.max(from, at - 4 * (count + 1)), to: at + 4 });
    count = 0;
  }
  if (count >= SHORTEST_STRETCH) found.push({ from: Math.max(from, at - 4 * (count + 1)), to });
  return found;
};

const decoded = (
  view: View,
  { from, to, cutStart, cutEnd }: Stretch & { readonly cutStart: boolean; readonly cutEnd: boolean },
): View => {
  const bytes = Buffer.from(view.bytes.toString('latin1', from, to), 'base64');
  const padded = view.bytes[to] === EQUALS ? (view.bytes[to + 1] === EQUALS ? to + 2 : to + 1) : to;
  return {
    bytes,
    via: [...view.via, 'base64'],
    cutStart: cutStart || (view.cutStart && from === 0),
    cutEnd: cutEnd || (view.cutEnd && to === view.bytes.length),
    place: (start, end) =>
      view.place(from + Math.floor((start * 4) / 3), end === bytes.length ? padded : from + Math.ceil((end * 4) / 3)),
  };
};
const EQUALS = 0x3d;

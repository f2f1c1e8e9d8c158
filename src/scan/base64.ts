import { type Decoder, SHORTEST_KEY, type View } from './view.ts';

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
const SHORTEST_RUN = Math.floor((SHORTEST_KEY * 4) / 3);
/** Quads of four characters that lie wholly within the shortest key. */
const SHORTEST_STRETCH = Math.floor((SHORTEST_KEY - 2) / 3);

/** Bytes of text: blanks, ASCII that prints, the escape of colours, and the zero of UTF-16. */
const createTextBytes = (): Uint8Array => {
  const isText = new Uint8Array(256).fill(1, 0x20, 0x7f);
  for (const byte of [0, 0x09, 0x0a, 0x0d, 0x1b]) isText[byte] = 1;
  return isText;
};
const textBytes: Readonly<Uint8Array> = createTextBytes();

/**
 * What stands in base64, however it stands in the text: at any of the four alignments, so that neither a word glued to
 * the front nor the border of a fragment hides it; only where it decodes to text, so that paths, hashes and pictures
 * cost next to nothing.
 */
export const base64: Decoder = (view, { overlap, piece }, give) => {
  const decodeStretch = (from: number, to: number): void => {
    for (let start = from; start < to; start += piece - overlap) {
      const end = Math.min(start + piece, to);
      give(decoded(view, { from: start, to: end, cutStart: start > from, cutEnd: end < to }));
      if (end === to) break;
    }
  };
  eachRun(view.bytes, (from, to) => {
    for (let alignment = 0; alignment < 4; alignment += 1)
      eachStretch(view.bytes, [from + alignment, to], decodeStretch);
  });
};

/** Runs of base64 characters. It looks at the far end of the shortest run first, and so skips most of ordinary text. */
const eachRun = (bytes: Buffer, give: (from: number, to: number) => void): void => {
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
    give(from, to);
    from = to + 1;
  }
};

/** Do the four characters decode to three bytes of text? */
const isText = (bytes: Buffer, at: number): boolean => {
  const first = sextetAt(bytes, at);
  if (first >= 32) return false; // most of what is no base64 of ASCII ends here
  const quad =
    (first << 18) | (sextetAt(bytes, at + 1) << 12) | (sextetAt(bytes, at + 2) << 6) | sextetAt(bytes, at + 3);
  return textBytes[quad >> 16] === 1 && textBytes[(quad >> 8) & 0xff] === 1 && textBytes[quad & 0xff] === 1;
};

/** Parts of a run that decode to text, with a quad on either side: keys may begin or end inside of it. */
const eachStretch = (
  bytes: Buffer,
  [from, to]: readonly [number, number],
  give: (from: number, to: number) => void,
): void => {
  let count = 0;
  let at = from;
  for (; at + 4 <= to; at += 4) {
    if (isText(bytes, at)) {
      count += 1;
      continue;
    }
    if (count >= SHORTEST_STRETCH) give(Math.max(from, at - 4 * (count + 1)), at + 4);
    count = 0;
  }
  if (count >= SHORTEST_STRETCH) give(Math.max(from, at - 4 * (count + 1)), to);
};

interface Part {
  readonly from: number;
  readonly to: number;
  readonly cutStart: boolean;
  readonly cutEnd: boolean;
}

const decoded = (view: View, { from, to, cutStart, cutEnd }: Part): View => {
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

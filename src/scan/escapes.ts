import { type Decoder, SHORTEST_KEY, type Sizes, type View } from './view.ts';

/** One way of writing single characters. */
interface Escape {
  readonly name: string;
  /** The byte that every escape begins with. */
  readonly lead: number;
  /** The character that the escape at `at` stands for and the bytes it takes; undefined when there is none. */
  read(bytes: Buffer, at: number): { readonly character: number; readonly length: number } | undefined;
  /** Could the escape at `at` hide a key? `\"` and `\n` are everywhere and cannot. */
  matters(bytes: Buffer, at: number): boolean;
}

const BACKSLASH = 0x5c;
const PERCENT = 0x25;
const SLASH = 0x2f;
/** Stands for a character outside Latin-1; in no key. */
const FOREIGN = 0x80;

const hexDigit = (byte: number): number => {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : Number.NaN;
};

/** The number that `digits` hexadecimal digits write; undefined when one of them is none. */
const hexAt = (bytes: Buffer, at: number, digits: number): number | undefined => {
  let value = 0;
  for (let i = at; i < at + digits; i += 1) value = value * 16 + hexDigit(bytes[i] ?? 0);
  return Number.isNaN(value) ? undefined : value;
};

/** What ends the word in which escapes are decoded: no key holds a blank, a quote or a bracket of a tag or a block. */
const isEnd = (byte = 0): boolean =>
  byte <= 0x20 ||
  byte === 0x22 ||
  byte === 0x27 ||
  byte === 0x60 ||
  byte === 0x3c ||
  byte === 0x3e ||
  byte === 0x7b ||
  byte === 0x7d;

/** `%5F` (RFC 3986, 2.1). */
const percentEscape: Escape = {
  name: 'percent',
  lead: PERCENT,
  read(bytes, at) {
    const character = hexAt(bytes, at + 1, 2);
    return character === undefined ? undefined : { character, length: 3 };
  },
  matters: (bytes, at) => hexAt(bytes, at + 1, 2) !== undefined,
};

const named = new Map([...'bfnrtv0'].map((letter, i) => [letter.charCodeAt(0), [8, 12, 10, 13, 9, 11, 0][i] ?? 0]));
const LETTER_U = 0x75;
const LETTER_X = 0x78;

/** `\u005f` and `\/` of JSON (RFC 8259, 7), `\x5f` of JavaScript, C and Python. */
const backslashEscape: Escape = {
  name: 'escape',
  lead: BACKSLASH,
  read(bytes, at) {
    const kind = bytes[at + 1];
    if (kind === undefined) return undefined;
    if (kind === LETTER_U || kind === LETTER_X) {
      const digits = kind === LETTER_U ? 4 : 2;
      const character = hexAt(bytes, at + 2, digits);
      if (character === undefined) return undefined;
      return { character: character > 0xff ? FOREIGN : character, length: digits + 2 };
    }
    return { character: named.get(kind) ?? kind, length: 2 };
  },
  matters(bytes, at) {
    const kind = bytes[at + 1];
    return kind === LETTER_U || kind === LETTER_X || kind === SLASH || kind === BACKSLASH;
  },
};

/** Decodes the words in which some characters are escaped. */
const createEscapeDecoder =
  (writing: Escape): Decoder =>
  (view, sizes, give) => {
    const { bytes } = view;
    let at = bytes.indexOf(writing.lead);
    while (at >= 0) {
      let next = at + 1;
      if (writing.matters(bytes, at)) {
        const word = wordAround(bytes, { at, lead: writing.lead, sizes });
        if (word.to - word.from > SHORTEST_KEY) give(unescaped(view, writing, word));
        next = word.to - word.from >= sizes.piece ? word.to - sizes.overlap : word.to;
      }
      at = bytes.indexOf(writing.lead, next);
    }
  };

interface Word {
  readonly from: number;
  readonly to: number;
  readonly cutStart: boolean;
  readonly cutEnd: boolean;
}

/** The word around an escape, as far as a key could reach from it or from a later escape of the same word. */
const wordAround = (
  bytes: Buffer,
  { at, lead, sizes: { overlap, piece } }: { readonly at: number; readonly lead: number; readonly sizes: Sizes },
): Word => {
  let from = at;
  while (from > 0 && at - from < overlap && !isEnd(bytes[from - 1])) from -= 1;
  const cutStart = from > 0 && !isEnd(bytes[from - 1]);
  let to = at;
  let last = at;
  while (to < bytes.length && to - last < overlap && to - from < piece && !isEnd(bytes[to])) {
    if (bytes[to] === lead) last = to;
    to += 1;
  }
  // The character before the word is what a key's left edge is judged by.
  return {
    from: cutStart || from === 0 ? from : from - 1,
    to,
    cutStart,
    cutEnd: to < bytes.length && !isEnd(bytes[to]),
  };
};

const unescaped = (view: View, writing: Escape, { from, to, cutStart, cutEnd }: Word): View => {
  const text = Buffer.allocUnsafe(to - from);
  /** Where each character stands in the view, and where the last one ends. */
  const places = new Uint32Array(to - from + 1);
  let length = 0;
  let at = from;
  while (at < to) {
    const one = view.bytes[at] === writing.lead ? writing.read(view.bytes, at) : undefined;
    places[length] = at;
    text[length] = one?.character ?? view.bytes[at] ?? 0;
    length += 1;
    at += one?.length ?? 1;
  }
  places[length] = at;
  return {
    bytes: text.subarray(0, length),
    via: [...view.via, writing.name],
    cutStart: cutStart || (view.cutStart && from === 0),
    cutEnd: cutEnd || (view.cutEnd && to === view.bytes.length),
    place: (start, end) => view.place(places[start] ?? from, places[end] ?? at),
  };
};

export const percent: Decoder = createEscapeDecoder(percentEscape);
export const backslash: Decoder = createEscapeDecoder(backslashEscape);

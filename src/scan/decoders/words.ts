import { type CreateDecode, type Reading, SHORTEST_KEY, type Sizes, type Text } from '../text.ts';
import { type Bytes, blockEnd, blockStart, innerBytes } from './bytes.ts';
import { createPen, type Pen } from './pen.ts';
import { isInvisible } from './unseen.ts';

/** What `read` gives for "nothing encoded here". */
export const NONE = 0;
const CODE = 0x1fffff;
const WIDTH_SHIFT = 21;
/** Codes beyond Unicode: from RAW on a byte as it is; what is taken out, and what is taken out with a line end. */
const RAW = 0x110000;
const NOTHING = 0x1ffffe;
const LINE = 0x1fffff;

/** What `width` bytes stand for: a character of Unicode, which is written on in UTF-8. */
export const character = (code: number, width: number): number =>
  code < RAW ? (width << WIDTH_SHIFT) | code : character(0xfffd, width);
/** They stand for one byte. */
export const byte = (value: number, width: number): number => (width << WIDTH_SHIFT) | RAW | value;
/** They stand for nothing, and are taken out. */
export const nothing = (width: number, line = false): number => (width << WIDTH_SHIFT) | (line ? LINE : NOTHING);

/** One way of writing single characters, or of hiding something between them. */
export interface Writing {
  readonly name: string;
  /** What an encoded character begins with. */
  readonly leads: Bytes;
  /** What ends the word around it. */
  readonly ends: Bytes;
  /** What begins there: NONE, or a `character`, `byte` or `nothing`. At most 1,000 bytes are read. */
  read(text: Text, at: number): number;
  /** Could this one hide a key? `\"` and `\n` are everywhere and cannot. What is taken out must stand inside a key. */
  matters?(text: Text, at: number): boolean;
  /** A word begins at `at`: does it go on before? Gives the offset after the part before. */
  goesOn?(text: Text, at: number): number;
}

/** Decodes the words in which something is written so. */
export const createWords =
  (writing: Writing): CreateDecode =>
  (sizes) => {
    const { overlap, piece } = sizes;
    const pen = createPen();
    const wordStart = createWordStart(writing, overlap);
    const readOn = createReadOn(writing, sizes, pen);

    /** Reads the word around `at` and gives it; returns up to where that is done. */
    const readWord = (text: Text, at: number, give: (reading: Reading) => void): number => {
      const { bytes, start, end } = text;
      const from = wordStart(text, at);
      const cut = from > start && writing.ends[bytes[from - 1] ?? 0] === 0;
      pen.begin();
      // The character before the word is what a key's left edge is judged by.
      if (from > start && !cut) pen.put(bytes[from - 1] ?? 0, from - 1, 1);
      const word = readOn(text, from, at);
      if (word.useful && pen.length() > SHORTEST_KEY) {
        const cutEnd = word.stopped || (text.cutEnd && word.to >= end);
        const about = { name: writing.name, cutStart: cut || (text.cutStart && from === start), cutEnd };
        give(pen.reading(word.lines ? { ...about, lines: true } : about));
      }
      return word.to - from >= piece ? blockStart(word.to - overlap) : word.to;
    };

    return (text, at, give) => {
      let next = at;
      for (;;) {
        const to = readWord(text, next, give);
        const border = Math.min(blockEnd(to), text.end);
        next = Math.max(to, next + 1);
        while (next < border && !isLead(writing, text, next)) next += 1;
        if (next >= border) return Math.max(at + 1, border);
      }
    };
  };

const isLead = ({ leads, read }: Writing, text: Text, at: number): boolean =>
  leads[text.bytes[at] ?? 0] === 1 && read(text, at) !== NONE;

/** Where the word around `at` begins, as far as a key could reach from there. */
const createWordStart =
  ({ ends, goesOn }: Writing, overlap: number) =>
  (text: Text, at: number): number => {
    const { bytes } = text;
    const least = Math.max(text.start, at - overlap);
    let from = at;
    for (;;) {
      while (from > least && ends[bytes[from - 1] ?? 0] === 0) from -= 1;
      const before = from > least && goesOn ? goesOn(text, from) : from;
      if (before >= from || before < least) return from;
      from = before;
    }
  };

/** What was read of a word. There is one of it per decoder, used again and again. */
interface Word {
  to: number;
  /** Something was decoded that could hide a key. */
  useful: boolean;
  lines: boolean;
  /** The word goes on, but was taken to be long enough. */
  stopped: boolean;
}

/** What a byte may be in a word. */
const PLAIN = 0;
const LEAD = 1;
const END = 2;

const kindsOf = ({ leads, ends }: Writing): Bytes =>
  Uint8Array.from(ends, (end, one) => (leads[one] === 1 ? LEAD : end === 1 ? END : PLAIN));

/** No key holds a character beyond ASCII, unless it shows nothing. */
const mayHide = (code: number): boolean => code < 0x80 || code >= RAW || isInvisible(code);

/** Puts what is read on the pen, and judges whether it could hide a key. */
const createTaking = ({ matters }: Writing, pen: Pen) => {
  const word: Word = { to: 0, useful: false, lines: false, stopped: false };
  /** The byte put last, and whether something was taken out after it, inside of what may be a key. */
  let before = 0;
  let hidden = false;
  return {
    word,
    begin(): void {
      word.useful = word.lines = hidden = false;
      before = 0;
    },
    encoded(text: Text, at: number, encoded: number): void {
      const code = encoded & CODE;
      if (code >= NOTHING) {
        hidden ||= innerBytes[before] === 1;
        word.lines ||= code === LINE;
        return;
      }
      word.useful ||= hidden || (mayHide(code) && (matters === undefined || matters(text, at)));
      hidden = false;
      before = code & 0xff;
      putCode(pen, code, { at, width: encoded >>> WIDTH_SHIFT });
    },
    /** Bytes that stand for themselves. */
    plain({ bytes }: Text, from: number, to: number): void {
      if (hidden && innerBytes[bytes[from] ?? 0] === 1) word.useful = true;
      hidden = false;
      before = bytes[to - 1] ?? 0;
      pen.copy(bytes, from, to);
    },
  };
};

/** Reads on from `from`, until the word ends or nothing has been encoded for as long as a key could be. */
const createReadOn = (writing: Writing, { overlap, piece }: Sizes, pen: Pen) => {
  const { ends, read } = writing;
  const kinds = kindsOf(writing);
  const taking = createTaking(writing, pen);

  return (text: Text, from: number, at: number): Readonly<Word> => {
    const { bytes, end } = text;
    const most = Math.min(end, from + piece);
    let to = from;
    let last = at;
    taking.begin();
    while (to < most && to - last < overlap) {
      const plain = to;
      const reach = Math.min(most, last + overlap);
      while (to < reach && kinds[bytes[to] ?? 0] === PLAIN) to += 1;
      if (to > plain) taking.plain(text, plain, to);
      if (to >= reach) break;
      const encoded = kinds[bytes[to] ?? 0] === LEAD ? read(text, to) : NONE;
      if (encoded !== NONE) {
        taking.encoded(text, to, encoded);
        last = to;
        to += encoded >>> WIDTH_SHIFT;
      } else if (ends[bytes[to] ?? 0] === 1) break;
      else {
        taking.plain(text, to, to + 1);
        to += 1;
      }
    }
    taking.word.to = to;
    taking.word.stopped = to < end && (to >= from + piece || to - last >= overlap);
    return taking.word;
  };
};

/** A byte as it is, or a character in UTF-8. */
const putCode = (pen: Pen, code: number, { at, width }: { readonly at: number; readonly width: number }): void => {
  if (code < 0x80 || code >= RAW) {
    pen.put(code & 0xff, at, width);
    return;
  }
  const rest = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
  pen.put(((0xff00 >> (rest + 1)) & 0xff) | (code >> (6 * rest)), at, width);
  for (let left = rest - 1; left >= 0; left -= 1) pen.put(0x80 | ((code >> (6 * left)) & 0x3f), at, width);
};

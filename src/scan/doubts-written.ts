import { words } from './doubts-words.ts';

/**
 * What a letter costs after another, in half bits, base 36: a row per letter before, the last one for the beginning of a
 * word. Counted over the words of public documentation and source code, rounded so that no row promises more than all.
 */
const LETTERS = [
  'd989gdaiahd697iai685bcefcg',
  '6bac6dgf7bg5df7ei89d7hhhbg',
  '6fbe6fj6ai89eh5hj9d6aihidh',
  '7cda3ddg5ggade8eja9f9fghdi',
  '9d86bacgegh9a6fbd569gce9eh',
  '6dcc67fh5ig9ff6fh9cb8jhj9i',
  '8geg4ea86gg9c89fi78d8gfgef',
  '5fff4gfd6hgede6fg8d89hgidh',
  'ac8a9aaihhf9947bib87haieib',
  '7cbc5edbbdbbee6bec4e8bdeee',
  '8dcc3cbd6ffbf9bfgd6cagdfcf',
  '7eea5fgh5ge7gg6ejgaa9dgj8i',
  '5afe4ifh6fgc9e76igaeaghhfh',
  '8f877b6g9gcdfc9ejg65cchjdh',
  'dba9fdbicgc984a9j59a8bafgh',
  '6gff5ggc8ig7eg69h5a8ahhiej',
  'ddfdgcdebed9cdddebcc2fceee',
  '6ebb4dbh6jcdab7eja88adfjbj',
  'ah8g5eh97idcef99gf748gehbi',
  '7hbe4fg75ijcfh8dj78abjfiaj',
  'a99b8cai9ih785f9j677hhhgih',
  '5fef2heg5hggfg9ijhegeffgfh',
  '5fec6gd75ffbg87fh88eihbdfg',
  '9f9e7dfe8hfddfc5hfe6fhh4cg',
  '9bac9ccf8fd98685fc79eiaffc',
  '6ecb3ecd7ddacd7efbcfbeeeb9',
  '897889bb9dda9aa8f878acafff',
].map((row) => Uint8Array.from(row, (cost) => Number.parseInt(cost, 36)));

const FIRST = 26;
const DIGIT = 7;
const SIGN = 4;

/** Kinds of characters: sign, small letter, capital, digit. */
const kindOf = (code: number): number =>
  code >= 0x61 && code <= 0x7a ? 1 : code >= 0x41 && code <= 0x5a ? 2 : code >= 0x30 && code <= 0x39 ? 3 : 0;

/** Half bits for the kind of a character after one of another kind. */
const KINDS = [
  [8, 2, 4, 5],
  [6, 1, 7, 8],
  [7, 3, 2, 9],
  [5, 6, 6, 2],
].map((row) => Uint8Array.from(row));

/** Half bits for one of the words: one in 2^14 is more than each of a thousand is due. */
const WORD = 28;
const LONGEST = 14;
const LEAST = 4;

const threeAt = (text: string, at: number): number =>
  ((text.charCodeAt(at) & 31) << 10) | ((text.charCodeAt(at + 1) & 31) << 5) | (text.charCodeAt(at + 2) & 31);

/** Which three small letters a word of the table begins with: most places are done with by this. */
const BEGINNINGS: Readonly<Uint8Array> = [...words].reduce(
  (marks, word) => {
    marks[threeAt(word, 0)] = 1;
    return marks;
  },
  new Uint8Array(1 << 15),
);

/** Length of the longest word of the table that stands at `at`; 0 if none does. */
const wordAt = (small: string, at: number): number => {
  if (!BEGINNINGS[threeAt(small, at)]) return 0;
  for (let length = Math.min(LONGEST, small.length - at); length >= LEAST; length -= 1) {
    if (words.has(small.slice(at, at + length))) return length;
  }
  return 0;
};

/** Half bits of one character, after one of kind `kind` and, in a word, after `letter`. */
const costOf = (code: number, kind: number, letter: number): number => {
  const now = kindOf(code);
  const step = KINDS[kind]?.[now] ?? 0;
  if (now === 0) return step + SIGN;
  if (now === 3) return step + DIGIT;
  const goesOn = (kind === 1 && now === 1) || kind === 2;
  return step + (LETTERS[goesOn ? letter : FIRST]?.[(code | 0x20) - 0x61] ?? 0);
};

/** Bits in which somebody who expects words and names would write the text down. */
const bitsWritten = (text: string): number => {
  const small = text.toLowerCase();
  let half = 0;
  let kind = 0;
  for (let i = 0; i < text.length; ) {
    const length = wordAt(small, i);
    const letter = i > 0 ? small.charCodeAt(i - 1) - 0x61 : FIRST;
    half += length > 0 ? WORD : costOf(text.charCodeAt(i), kind, letter);
    i += length || 1;
    kind = kindOf(text.charCodeAt(i - 1));
  }
  return half / 2;
};

/** Bits of a text drawn at random from the least alphabet that it shows, with its own share of each kind. */
const bitsDrawn = (text: string): number => {
  const signs = new Set(text.replace(/[0-9A-Za-z]+/g, '')).size;
  const sizes = [Math.max(1, signs), /[g-z]/.test(text) ? 26 : 6, /[G-Z]/.test(text) ? 26 : 6, 10];
  const counts = [0, 0, 0, 0];
  for (let i = 0; i < text.length; i += 1) {
    const kind = kindOf(text.charCodeAt(i));
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts.reduce(
    (bits, count, kind) => (count === 0 ? bits : bits + count * Math.log2(((sizes[kind] ?? 1) * text.length) / count)),
    0,
  );
};

/**
 * Of the texts that are drawn at random, at most one in 2^24 is so much shorter in words than in characters: no code
 * gives short names to more than a few.
 */
const MARGIN = 24;

/** Fewest characters that are judged: less may be a password, which may be a word. */
const SHORTEST = 16;

/** Words before a key: `sk_live_`, `github_pat_`. They are written, and say nothing about the rest. */
const PREFIX = /^[A-Za-z]{1,8}[0-9]{0,3}[_-]/;

const withoutPrefix = (text: string): string => {
  let rest = text;
  for (let i = 0; i < 2; i += 1) {
    const cut = rest.replace(PREFIX, '');
    if (cut.length < SHORTEST) break;
    rest = cut;
  }
  return rest;
};

/**
 * Is the text made of words and names, as people write them, rather than drawn at random? How well it can be told in
 * words is compared with how well it can be told as characters (the least description is the likelier).
 */
export const looksWritten = (text: string): boolean => {
  if (text.length < SHORTEST || text.length > 512 || !/^[\w\-+/=.~]+$/.test(text)) return false;
  const body = withoutPrefix(text);
  return bitsDrawn(body) - bitsWritten(body) >= MARGIN;
};

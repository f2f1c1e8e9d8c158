import { FIRST, GAP, HEX, INNER, type NAME_COUNT, PERCENT, PREFIX, QUOTED, TEXT } from './layout.ts';

/** Value in base64 of a byte that has none. */
export const NO_SEXTET = 0xff;

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const DIGITS = '0123456789';
const WORD = `${LETTERS}${DIGITS}_`;
const PRINTABLE = String.fromCharCode(...Array.from({ length: 95 }, (_, at) => at + 0x20));

const characters: readonly (readonly [bit: number, characters: string])[] = [
  [INNER, `${WORD}-.+/~`],
  [PREFIX, 'rRbBuUfFL@$N'],
  [HEX, `${DIGITS}abcdefABCDEF`],
  [PERCENT, `${WORD}%-.~+/=:@`],
  [QUOTED, `${WORD}-=`],
  [TEXT, `${PRINTABLE}\t\n\r`],
  [FIRST, ' \n\r"\'&*+.<\\|'],
  [GAP, ' \t\n\r+.&|<>^*~\\_-#/'],
];

/** The bits of each byte. */
export const signs: Readonly<Uint8Array> = (() => {
  const table = new Uint8Array(256);
  for (const [bit, all] of characters) {
    for (const one of Buffer.from(all, 'latin1')) table[one] = (table[one] ?? 0) | bit;
  }
  return table;
})();

/** Value of each byte in base64, in either alphabet. */
export const sextets: Readonly<Uint8Array> = (() => {
  const table = new Uint8Array(256).fill(NO_SEXTET);
  for (const alphabet of [`${LETTERS}${DIGITS}+/`, `${LETTERS}${DIGITS}-_`]) {
    for (const [value, one] of Buffer.from(alphabet, 'latin1').entries()) table[one] = value;
  }
  return table;
})();

/** How the names begin of characters that keys hold, or that hide in them; `&amp;` counts before `#` only. */
export const names = [
  ...['lowb', 'Unde', 'hyph', 'dash', 'peri', 'plus', 'sol;', 'colo', 'equa', 'comm', 'perc'],
  ...['shy;', 'Zero', 'zwnj', 'zwj;', 'NoBr'],
] as const satisfies { readonly length: typeof NAME_COUNT };

/** First of four characters of base64 that are the first of three ASCII characters: tab, line end or from blank on. */
export const quadFirst = 'CDIJKLMNOPQRSTUVWXYZabcdef';

/** Per lower nibble the upper nibbles (0–7, one bit each) with which it is a character of the text. */
const rowsOf = (text: string): Uint8Array => {
  const rows = new Uint8Array(16);
  for (const one of Buffer.from(text, 'latin1')) rows[one & 15] = (rows[one & 15] ?? 0) | (1 << (one >> 4));
  return rows;
};
const nibbleBits = (nibbles: readonly (readonly number[])[]): Uint8Array => {
  const bits = new Uint8Array(16);
  nibbles.forEach((row, bit) => {
    for (const nibble of row) bits[nibble] = (bits[nibble] ?? 0) | (1 << bit);
  });
  return bits;
};
const span = (first: number, last: number): readonly number[] =>
  Array.from({ length: last - first + 1 }, (_, at) => first + at);

/**
 * Eight kinds of leads, and what may follow on each: nibbles of one byte and of the next. They let more pass than is a
 * trigger; each is looked at. A last kind holds what is rare in ASCII text: zero, escape, `\xc2`, `\xe2` and `\xef`.
 */
const leads: readonly {
  readonly low: readonly number[];
  readonly high: readonly number[];
  readonly nextLow: readonly number[];
  readonly nextHigh: readonly number[];
}[] = [
  // % and & before a digit from 2 to 7, u, # and the first letters of names
  { low: [5, 6], high: [2], nextLow: [...span(0, 8), 0xa, 0xc, 0xe], nextHigh: span(2, 7) },
  // \ before u U x N _
  { low: [0xc], high: [5], nextLow: [5, 8, 0xe, 0xf], nextHigh: [4, 5, 7] },
  // \ before an octal digit, a quote, / -
  { low: [0xc], high: [5], nextLow: [...span(0, 7), 0xd, 0xf], nextHigh: [2, 3] },
  // = before a digit from 2 to 7, and before a line end
  { low: [0xd], high: [3], nextLow: span(2, 7), nextHigh: [3] },
  { low: [0xd], high: [3], nextLow: [0xa, 0xd], nextHigh: [0] },
  // " and ' before what may join strings
  { low: [2, 7], high: [2], nextLow: [0, 2, 6, 7, 0xa, 0xb, 0xd, 0xe], nextHigh: [0, 2] },
  { low: [2, 7], high: [2], nextLow: [0xc], nextHigh: [3, 5, 7] },
  { low: [0, 2, 0xb, 0xf], high: [0, 1, 0xc, 0xe], nextLow: span(0, 15), nextHigh: [...span(2, 7), 8, 0xa, 0xb] },
];

/** Six tables of sixteen bytes: rows of upper nibbles, rows of quads, then of leads lower, upper, next lower, next upper. */
export const signNibbles = (): Uint8Array =>
  Buffer.concat([
    nibbleBits(span(0, 7).map((nibble) => [nibble])),
    rowsOf(quadFirst),
    nibbleBits(leads.map(({ low }) => low)),
    nibbleBits(leads.map(({ high }) => high)),
    nibbleBits(leads.map(({ nextLow }) => nextLow)),
    nibbleBits(leads.map(({ nextHigh }) => nextHigh)),
  ]);

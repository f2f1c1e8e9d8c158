import {
  FIRST,
  GAP,
  HEX,
  INNER,
  type LEADS,
  type NAME_COUNT,
  NO_SEXTET,
  PERCENT,
  PREFIX,
  QUOTED,
  TEXT,
} from './layout.ts';

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
  [TEXT, `${PRINTABLE}\t\n\r\0`],
  [FIRST, ' \n\r"\'&*+.'],
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

/** First of four characters of base64 that are the first of three characters of text: zero, tab, line end or from blank on. */
export const quadFirst = 'ACDIJKLMNOPQRSTUVWXYZabcdef';
/** First of two hexadecimal digits of an ASCII character. */
export const pairFirst = '234567';

/** The bits of rows (upper nibbles) in which quads begin, 4 to 6, and of that in which pairs do. */
const rowBits: Readonly<Record<number, number>> = { 3: 0x01, 4: 0x20, 5: 0x40, 6: 0x80 };
/** Two tables: per upper nibble the bit of its row; per lower nibble those of the rows with which a quad or pair begins. */
export const quadNibbles: Readonly<Uint8Array> = (() => {
  const tables = new Uint8Array(32);
  for (const [row, bit] of Object.entries(rowBits)) tables[Number(row)] = bit;
  for (const one of Buffer.from(quadFirst + pairFirst, 'latin1')) {
    tables[16 + (one & 15)] = (tables[16 + (one & 15)] ?? 0) | (rowBits[one >> 4] ?? 0);
  }
  return tables;
})();

/** A kind of lead: what may stand before it and after it, and whether it must be inside a key. */
interface Lead {
  readonly lead: string;
  readonly next: string;
  readonly inside: boolean;
}
const initials = [...new Set(names.map(([first]) => first))].join('');
const beginnings: readonly Lead[] = [
  { lead: '%', next: '0234567uCEce', inside: false },
  { lead: '&', next: `#a${initials}`, inside: false },
  { lead: '\\', next: 'uUxN01234567', inside: false },
  { lead: '\\', next: '/-_"\'', inside: true },
  { lead: '=', next: '234567\n\r', inside: true },
  { lead: '"\'', next: ' \n\r"\'&*+.', inside: true },
  { lead: '\0', next: PRINTABLE, inside: false },
  { lead: '\x1b\xc2\xe2\xef', next: '[\xad\x80\x81\xb8\xbb', inside: true },
];
const inner = characters[0]?.[1] ?? '';
const every = String.fromCharCode(...Array.from({ length: 256 }, (_, byte) => byte));

const bitsOf = (texts: readonly string[]): Readonly<Uint8Array> => {
  const table = new Uint8Array(256);
  texts.forEach((text, bit) => {
    for (const one of Buffer.from(text, 'latin1')) table[one] = (table[one] ?? 0) | (1 << bit);
  });
  return table;
};
/** For the byte before a lead, the lead and the byte after it: the kinds of lead that allow it, one bit each. */
export const leadTables = [
  bitsOf(beginnings.map(({ inside }) => (inside ? inner : every))),
  bitsOf(beginnings.map(({ lead }) => lead)),
  bitsOf(beginnings.map(({ next }) => next)),
] as const;

const span = (first: number, last: number): readonly number[] =>
  Array.from({ length: last - first + 1 }, (_, at) => first + at);

/** Lower and upper nibbles of a byte. */
type Nibbles = readonly [low: readonly number[], high: readonly number[]];

/**
 * The same as the masks see it: nibbles of leads, each with those of what may follow. They let more pass, and
 * each is looked at. The last holds what is rare in ASCII text: zero, escape, and the first bytes of what is invisible.
 */
export const leads: readonly (readonly [lead: Nibbles, next: Nibbles])[] & { readonly length: typeof LEADS } = [
  // % and & before a digit, u, # and the first letters of names
  [
    [[5, 6], [2]],
    [[...span(0, 8), 0xa, 0xc, 0xe], span(2, 7)],
  ],
  // \ before u U x N, an octal digit, a quote, / - _
  [
    [[0xc], [5]],
    [
      [...span(0, 8), 0xd, 0xe, 0xf],
      [2, 3, 4, 5, 7],
    ],
  ],
  // = before a digit from 2 to 7 or a line end
  [
    [[0xd], [3]],
    [
      [...span(2, 7), 0xa, 0xd],
      [0, 3],
    ],
  ],
  // " and ' before what may join strings
  [
    [[2, 7], [2]],
    [
      [0, 2, 6, 7, 0xa, 0xb, 0xd, 0xe],
      [0, 2],
    ],
  ],
  [
    [
      [0, 2, 0xb, 0xf],
      [0, 1, 0xc, 0xe],
    ],
    [span(0, 15), [...span(2, 7), 8, 0xa, 0xb]],
  ],
];

import { TRIGGER, type Trigger, triggers } from './kernel.ts';
import { FIRST, GAP, HEX, INNER, NO_SEXTET, PERCENT, PREFIX, QUOTED, TEXT } from './layout.ts';
import type { Part } from './memory.ts';
import { names, pairFirst, quadFirst, sextets, signs } from './signs.ts';

/** Most bytes between two strings that are joined. */
const GAP_MOST = 64;

/** What stands in a memory. */
const createReading = (memory: Uint8Array) => {
  const byteAt = (at: number): number => memory[at] ?? 0;
  const is = (at: number, sign: number): boolean => ((signs[byteAt(at)] ?? 0) & sign) !== 0;
  const textAt = (at: number, length: number): string =>
    Buffer.from(memory.buffer, memory.byteOffset + at, length).toString('latin1');
  return {
    byteAt,
    is,
    textAt,
    stands: (at: number, pattern: RegExp): boolean => pattern.test(textAt(at, 8)),
    /** Do two hexadecimal digits stand for one of these? */
    standsFor: (at: number, sign: number): boolean =>
      is(at, HEX) && is(at + 1, HEX) && ((signs[Number.parseInt(textAt(at, 2), 16)] ?? 0) & sign) !== 0,
  };
};
type Reading = ReturnType<typeof createReading>;

/** Four characters of base64 that decode to text. */
const isQuad = ({ byteAt }: Reading, at: number): boolean => {
  const [a = 0, b = 0, c = 0, d = 0] = [0, 1, 2, 3].map((each) => sextets[byteAt(at + each)] ?? NO_SEXTET);
  if (Math.max(a, b, c, d) === NO_SEXTET) return false;
  const bytes = [(a << 2) | (b >> 4), ((b & 15) << 4) | (c >> 2), ((c & 3) << 6) | d];
  return bytes.some((one) => one > 0) && bytes.every((one) => ((signs[one] ?? 0) & TEXT) !== 0);
};

/** Length of the invisible character at a place; 0 when there is none. */
const invisible = ({ textAt }: Reading, at: number): number => {
  const text = textAt(at, 3);
  if (text.startsWith('\xc2\xad')) return 2;
  return /^(?:\xe2\x80[\x8b-\x8f\xaa-\xae]|\xe2\x81[\xa0-\xaf]|\xef\xbb\xbf|\xef\xb8[\x80-\x8f])/.test(text) ? 3 : 0;
};
const isInvisible = (reading: Reading, at: number): boolean => {
  const length = invisible(reading, at);
  return (
    length > 0 && reading.is(at - 1, INNER) && (reading.is(at + length, INNER) || invisible(reading, at + length) > 0)
  );
};

/** A string's end (a quote, or the backslash before it), and the beginning of another. */
const isJoint = ({ byteAt, is, textAt, stands }: Reading, at: number): boolean => {
  const quote = byteAt(at) === 0x5c ? at + 1 : at;
  if (!stands(quote, /^["']/) || !is(at - 1, INNER) || !is(quote + 1, FIRST)) return false;
  let to = quote + 1;
  const end = to + GAP_MOST;
  if (textAt(to, 8) === '.concat(') to += 8;
  while (to < end && is(to, GAP)) to += stands(to, /^\\[nrt]/) ? 2 : 1;
  for (let letter = 0; letter < 2 && is(to, PREFIX); letter += 1) to += 1;
  if (to === quote + 1 && stands(to, /^["'`]{3}/)) to += 2;
  if (byteAt(to) === 0x5c) to += 1;
  return stands(to, /^["'`]/) && is(to + 1, INNER);
};

/** For each trigger: does it begin at `at`? */
type Tests = Readonly<Record<Trigger, (at: number) => boolean>>;

/** The triggers in words that a reader can check; `assembly/signs.ts` says the same. */
const createTests = (reading: Reading): Tests => {
  const { is, textAt, stands, standsFor } = reading;
  return {
    base64: (at) => [16, 12, 8, 4, 0].every((back) => isQuad(reading, at - back)),
    hex: (at) => /^(?:[2-7][0-9A-Fa-f]){14}$/.test(textAt(at - 26, 28)),
    percent: (at) =>
      standsFor(at + 1, PERCENT) ||
      (stands(at, /^%u00/) && standsFor(at + 4, PERCENT)) ||
      ((stands(at, /^%(?:e2%8|c2%ad|ef%bb)/i) || stands(at, /^%(?:u20[026]|00[-\w.+/~])/)) && is(at - 1, INNER)),
    backslash: (at) =>
      stands(at, /^\\(?:[uU]\{|U0|u00[1-7Aa]|x[0-7{]|N\{|[0-7][0-9A-Fa-f])/) ||
      (stands(at, /^\\u(?:20[026]|034|061|0000[-\w.+/~]|[Ff][Ee][Ff][Ff])/) && is(at - 1, INNER)) ||
      (stands(at, /^\\[/_-]/) && is(at - 1, INNER) && is(at + 2, INNER)),
    entity: (at) => stands(at, /^&(?:#[0-9Xx]|amp;#)/) || names.some((name) => name === textAt(at + 1, 4)),
    quoted: (at) =>
      is(at - 1, INNER) &&
      ((stands(at, /^=[0-9A-F](?:[A-F][-\w.+/~=]|\d=)/) && standsFor(at + 1, QUOTED)) ||
        stands(at, /^=\r?\n[-\w.+/~=]/)),
    zero: (at) => /^(?:\0[ -~]){7}\0$/.test(textAt(at, 15)),
    ansi: (at) => textAt(at, 2) === '\x1b[' && is(at - 1, INNER),
    invisible: (at) => isInvisible(reading, at),
    joint: (at) => isJoint(reading, at),
    codes: (at) => /^(?:(?:[2-7][0-9A-Fa-f] ){4}|(?:[2-7][0-9A-Fa-f]:){4})$/.test(textAt(at - 9, 12)),
  };
};

/** With which bytes each trigger begins. */
const leads: Readonly<Partial<Record<Trigger, string>>> = {
  percent: '%',
  backslash: '\\',
  entity: '&',
  quoted: '=',
  zero: '\0',
  ansi: '\x1b',
  invisible: '\xc2\xe2\xef',
  joint: '\\"\'',
};
const tableOf = (characters: string): Uint8Array => {
  const table = new Uint8Array(256);
  for (const one of Buffer.from(characters, 'latin1')) table[one] = 1;
  return table;
};
/** The longest that is looked at before a place: fourteen pairs. */
const RUN = 28;

/** Finds the first of each trigger in each 64 bytes, counted from `base`. */
export const createFinder = (memory: Uint8Array) => {
  const tests = createTests(createReading(memory));
  const quads = tableOf(quadFirst);
  const pairs = tableOf(pairFirst);
  const lists = Array.from({ length: 256 }, (_, byte) =>
    triggers.filter((trigger) => leads[trigger]?.includes(String.fromCharCode(byte))),
  ).map((list) => (list.length > 0 ? list : undefined));
  return ({ from, to, base }: Part, give: (at: number, what: number) => void) => {
    const quadRuns = [0, 0, 0, 0];
    const pairRuns = [0, 0];
    let seen = new Set<Trigger>();
    const attempt = (trigger: Trigger, at: number): void => {
      if (at < from || seen.has(trigger) || !tests[trigger](at)) return;
      seen.add(trigger);
      give(at, TRIGGER + triggers.indexOf(trigger));
    };
    for (let at = Math.max(0, from - RUN); at < to; at += 1) {
      if (((at - base) & 63) === 0) seen = new Set();
      const byte = memory[at] ?? 0;
      const quad = quads[byte] === 1 ? (quadRuns[at & 3] ?? 0) + 1 : 0;
      quadRuns[at & 3] = quad;
      if (quad >= 5) attempt('base64', at);
      const pair = pairs[byte] === 1 ? (pairRuns[at & 1] ?? 0) + 1 : 0;
      pairRuns[at & 1] = pair;
      if (pair >= 14) attempt('hex', at);
      if (pairs[byte] === 1 && pairs[memory[at - 3] ?? 0] === 1) attempt('codes', at);
      const list = lists[byte];
      if (list !== undefined && at + 1 < to) for (const trigger of list) attempt(trigger, at);
    }
  };
};

import { FIRST, GAP, HEX, INNER, NAME_COUNT, NAMES, PERCENT, PREFIX, QUOTED, SEXTETS, SIGNS, TEXT } from '../layout.ts';

/** Each function answers for one trigger: does it begin at `at`? `signs.ts` and `plain-triggers.ts` say the same. */

/** Most bytes between two strings that are joined. */
const GAP_MOST: u32 = 64;

function byteAt(at: u32): u32 {
  return <u32>load<u8>(at);
}

/** Is the byte at `at` one of these? */
function is(at: u32, sign: u32): bool {
  return (byteAt(SIGNS + byteAt(at)) & sign) !== 0;
}

function isQuote(byte: u32): bool {
  return byte === 0x22 || byte === 0x27 || byte === 0x60;
}

/** Do two hexadecimal digits at `at` stand for one of these? */
function standsFor(at: u32, sign: u32): bool {
  if (!is(at, HEX) || !is(at + 1, HEX)) return false;
  const high = byteAt(at);
  const low = byteAt(at + 1);
  const value = (((high & 15) + (high >> 6) * 9) << 4) | ((low & 15) + (low >> 6) * 9);
  return (byteAt(SIGNS + value) & sign) !== 0;
}

function sextet(at: u32): u32 {
  return byteAt(SEXTETS + byteAt(at));
}

function isPair(at: u32): bool {
  return byteAt(at) - 0x32 <= 5;
}

/** Five quads of base64 that decode to text, the last of which begins at `at`. */
export function isBase64(at: u32): bool {
  for (let quad = at - 16; quad <= at; quad += 4) {
    let value: u32 = 0;
    for (let each: u32 = 0; each < 4; each++) {
      const next = sextet(quad + each);
      if (next > 63) return false;
      value = (value << 6) | next;
    }
    const all = byteAt(SIGNS + (value >> 16)) & byteAt(SIGNS + ((value >> 8) & 255)) & byteAt(SIGNS + (value & 255));
    if (value === 0 || (all & TEXT) === 0) return false;
  }
  return true;
}

/** Fourteen pairs of hexadecimal digits of which each stands for ASCII text; the last begins at `at`. */
export function isHex(at: u32): bool {
  for (let pair = at - 26; pair <= at; pair += 2) {
    if (!isPair(pair) || !is(pair + 1, HEX)) return false;
  }
  return true;
}

/** Four pairs of hexadecimal digits that stand for ASCII text, a blank or a colon after each; the last begins at `at`. */
export function isCodes(at: u32): bool {
  const sign = byteAt(at + 2);
  if (sign !== 0x20 && sign !== 0x3a) return false;
  for (let pair = at - 9; pair <= at; pair += 3) {
    if (!isPair(pair) || !is(pair + 1, HEX) || byteAt(pair + 2) !== sign) return false;
  }
  return true;
}

/** The third digit of U+200B and its like, of U+2028 and of U+2060. */
function isInvisibleRow(digit: u32): bool {
  return digit === 0x30 || digit === 0x32 || digit === 0x36;
}

export function isPercent(at: u32): bool {
  if (standsFor(at + 1, PERCENT)) return true;
  if (load<u16>(at + 1) === 0x3030) return is(at - 1, INNER) && is(at + 3, INNER);
  if (byteAt(at + 1) === 0x75) {
    if (byteAt(at + 3) !== 0x30) return false;
    if (byteAt(at + 2) === 0x30) return standsFor(at + 4, PERCENT);
    return byteAt(at + 2) === 0x32 && isInvisibleRow(byteAt(at + 4)) && is(at - 1, INNER);
  }
  // `%E2%8`, `%C2%AD`, `%EF%BB`, letters small or capital
  const code = (load<u32>(at + 1) & 0xffffff) | 0x20;
  const last = <u32>load<u16>(at + 4) | 0x2020;
  const known =
    (code === 0x253265 && byteAt(at + 4) === 0x38) ||
    (code === 0x253263 && last === 0x6461) ||
    ((code | 0x2000) === 0x256665 && last === 0x6262);
  return known && is(at - 1, INNER);
}

export function isBackslash(at: u32): bool {
  const kind = byteAt(at + 1);
  const next = byteAt(at + 2);
  if (kind === 0x75 || kind === 0x55) {
    if (next === 0x7b) return true;
    if (kind === 0x55) return next === 0x30;
    const third = byteAt(at + 3);
    const fourth = byteAt(at + 4);
    if (next === 0x30 && third === 0x30 && (fourth - 0x31 <= 6 || (fourth | 0x20) === 0x61)) return true;
    if (!is(at - 1, INNER)) return false;
    if (next === 0x30) {
      if (third === 0x30) return load<u16>(at + 4) === 0x3030 && is(at + 6, INNER);
      return (third === 0x33 && fourth === 0x34) || (third === 0x36 && fourth === 0x31);
    }
    if (next === 0x32) return third === 0x30 && isInvisibleRow(fourth);
    return (load<u32>(at + 2) | 0x20202020) === 0x66666566;
  }
  if (kind === 0x78) return next === 0x7b || next - 0x30 <= 7;
  if (kind === 0x4e) return next === 0x7b;
  if (kind - 0x30 <= 7) return is(at + 2, HEX);
  return (kind === 0x2f || kind === 0x5f || kind === 0x2d) && is(at - 1, INNER) && is(at + 2, INNER);
}

export function isEntity(at: u32): bool {
  const next = byteAt(at + 1);
  if (next === 0x23) return (byteAt(at + 2) | 0x20) === 0x78 || byteAt(at + 2) - 0x30 <= 9;
  const name = load<u32>(at + 1);
  if (name === 0x3b706d61) return byteAt(at + 5) === 0x23;
  for (let each: u32 = 0; each < <u32>NAME_COUNT; each++) {
    if (load<u32>(NAMES + (each << 2)) === name) return true;
  }
  return false;
}

export function isQuoted(at: u32): bool {
  if (!is(at - 1, INNER)) return false;
  const next = byteAt(at + 1);
  if (next === 0x0a) return is(at + 2, INNER) || byteAt(at + 2) === 0x3d;
  if (next === 0x0d) return byteAt(at + 2) === 0x0a && (is(at + 3, INNER) || byteAt(at + 3) === 0x3d);
  if (next > 0x5a || byteAt(at + 2) > 0x5a || !standsFor(at + 1, QUOTED)) return false;
  return byteAt(at + 3) === 0x3d || (byteAt(at + 2) > 0x39 && is(at + 3, INNER));
}

export function isZero(at: u32): bool {
  for (let each: u32 = 0; each < 14; each += 2) {
    if (byteAt(at + each) !== 0 || byteAt(at + each + 1) - 0x20 > 0x5e) return false;
  }
  return byteAt(at + 14) === 0;
}

export function isAnsi(at: u32): bool {
  return byteAt(at + 1) === 0x5b && is(at - 1, INNER);
}

/** Length of the invisible character at `at`; 0 when there is none. */
function invisible(at: u32): u32 {
  const lead = byteAt(at);
  const second = byteAt(at + 1);
  const third = byteAt(at + 2);
  if (lead === 0xc2) return second === 0xad ? 2 : 0;
  if (lead === 0xe2) {
    if (second === 0x80) return third - 0x8b <= 4 || third - 0xaa <= 4 ? 3 : 0;
    return second === 0x81 && third - 0xa0 <= 15 ? 3 : 0;
  }
  if (lead !== 0xef) return 0;
  return (second === 0xbb && third === 0xbf) || (second === 0xb8 && third - 0x80 <= 15) ? 3 : 0;
}

export function isInvisible(at: u32): bool {
  const length = invisible(at);
  return length > 0 && is(at - 1, INNER) && (is(at + length, INNER) || invisible(at + length) > 0);
}

/** Where the gap ends that begins at `at`, at most GAP_MOST bytes on: blanks, signs, line ends, also as `\n`. */
function afterGap(at: u32): u32 {
  let to = at;
  // `.concat(`
  if (load<u32>(to) === 0x6e6f632e && load<u32>(to, 4) === 0x28746163) to += 8;
  while (to < at + GAP_MOST && is(to, GAP)) {
    const next = byteAt(to + 1);
    to += byteAt(to) === 0x5c && (next === 0x6e || next === 0x72 || next === 0x74) ? 2 : 1;
  }
  return to;
}

/** A string's end at `at` (a quote, or the backslash before it), and the beginning of another. */
export function isJoint(at: u32): bool {
  const quote = byteAt(at) === 0x5c ? at + 1 : at;
  if (!isQuote(byteAt(quote)) || !is(at - 1, INNER) || !is(quote + 1, FIRST)) return false;
  let to = afterGap(quote + 1);
  if (is(to, PREFIX)) to++;
  if (is(to, PREFIX)) to++;
  if (to === quote + 1 && isQuote(byteAt(to)) && isQuote(byteAt(to + 1)) && isQuote(byteAt(to + 2))) to += 2;
  if (byteAt(to) === 0x5c) to++;
  return isQuote(byteAt(to)) && is(to + 1, INNER);
}

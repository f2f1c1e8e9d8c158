import { MASKS, NIBBLES, NIBBLES_PASS, QUAD_NIBBLES, QUADS, TWINS } from '../layout.ts';

function look(table: v128, index: v128): v128 {
  return RELAXED ? i8x16.relaxed_swizzle(table, index) : i8x16.swizzle(table, index);
}

/** The buckets in which a byte is possible: those of its lower nibble that its upper nibble allows. */
function buckets(low: v128, high: v128, lows: v128, highs: v128): v128 {
  return v128.and(look(low, lows), look(high, highs));
}

/** The buckets of one, two or three bytes before: the last of the vector before, then the first of this. */
function behind1(before: v128, here: v128): v128 {
  return i8x16.shuffle(before, here, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30);
}
function behind2(before: v128, here: v128): v128 {
  return i8x16.shuffle(before, here, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29);
}
function behind3(before: v128, here: v128): v128 {
  return i8x16.shuffle(before, here, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28);
}
function upper(bytes: v128, nibble: v128): v128 {
  return v128.and(i16x8.shr_u(bytes, 4), nibble);
}
function keep(at: u32, found: v128, add: bool): void {
  const bits = <u32>i8x16.bitmask(i8x16.eq(found, i8x16.splat(0))) ^ 0xffff;
  store<u16>(at, add ? load<u16>(at) | bits : bits);
}

/** A bit of each byte: may a quad of base64 begin there, or a pair of hex? Put beside the mask at `at`. */
function keepFirst(at: u32, lows: v128, highs: v128): void {
  const found = buckets(v128.load(QUAD_NIBBLES, 16), v128.load(QUAD_NIBBLES), lows, highs);
  // The rows of quads are bits 5 to 7, that of pairs is bit 0: each is moved to the byte's highest.
  store<u16>(at, i8x16.bitmask(i8x16.add(found, i8x16.splat(0x60))), QUADS + 8 - MASKS);
  store<u16>(at, i8x16.bitmask(i16x8.shl(found, 7)), TWINS + 8 - MASKS);
}

/**
 * One bit per byte: does a window of three bytes that some bucket allows end here? Passes after the first add theirs.
 * If Quads is an integer, the masks of quads and pairs are made on the way: this is settled when it is compiled.
 */
export function mask3<Quads>(block: u32, size: u32, pass: u32): void {
  const table = NIBBLES + pass * NIBBLES_PASS;
  const nibble = i8x16.splat(15);
  const low0 = v128.load(table, 32);
  const high0 = v128.load(table, 48);
  const low1 = v128.load(table, 64);
  const high1 = v128.load(table, 80);
  const low2 = v128.load(table, 96);
  const high2 = v128.load(table, 112);
  let bytes = v128.load(block - 16);
  let lows = v128.and(bytes, nibble);
  let highs = upper(bytes, nibble);
  let before0 = buckets(low0, high0, lows, highs);
  let before1 = buckets(low1, high1, lows, highs);
  let mask: u32 = MASKS;
  for (let at = block, end = block + size; at < end; at += 16, mask += 2) {
    bytes = v128.load(at);
    lows = v128.and(bytes, nibble);
    highs = upper(bytes, nibble);
    const here0 = buckets(low0, high0, lows, highs);
    const here1 = buckets(low1, high1, lows, highs);
    const first = v128.and(behind2(before0, here0), behind1(before1, here1));
    keep(mask, v128.and(first, buckets(low2, high2, lows, highs)), pass > 0);
    if (isInteger<Quads>()) keepFirst(mask, lows, highs);
    before0 = here0;
    before1 = here1;
  }
}

/** The same for windows of four bytes. */
export function mask4<Quads>(block: u32, size: u32, pass: u32): void {
  const table = NIBBLES + pass * NIBBLES_PASS;
  const nibble = i8x16.splat(15);
  const low0 = v128.load(table);
  const high0 = v128.load(table, 16);
  const low1 = v128.load(table, 32);
  const high1 = v128.load(table, 48);
  const low2 = v128.load(table, 64);
  const high2 = v128.load(table, 80);
  const low3 = v128.load(table, 96);
  const high3 = v128.load(table, 112);
  let bytes = v128.load(block - 16);
  let lows = v128.and(bytes, nibble);
  let highs = upper(bytes, nibble);
  let before0 = buckets(low0, high0, lows, highs);
  let before1 = buckets(low1, high1, lows, highs);
  let before2 = buckets(low2, high2, lows, highs);
  let mask: u32 = MASKS;
  for (let at = block, end = block + size; at < end; at += 16, mask += 2) {
    bytes = v128.load(at);
    lows = v128.and(bytes, nibble);
    highs = upper(bytes, nibble);
    const here0 = buckets(low0, high0, lows, highs);
    const here1 = buckets(low1, high1, lows, highs);
    const here2 = buckets(low2, high2, lows, highs);
    const first = v128.and(behind3(before0, here0), behind2(before1, here1));
    const last = v128.and(behind1(before2, here2), buckets(low3, high3, lows, highs));
    keep(mask, v128.and(first, last), pass > 0);
    if (isInteger<Quads>()) keepFirst(mask, lows, highs);
    before0 = here0;
    before1 = here1;
    before2 = here2;
  }
}

/** The masks of quads and pairs of the 64 bytes before a block. */
export function firstsBefore(block: u32): void {
  const nibble = i8x16.splat(15);
  for (let at: u32 = 0; at < 64; at += 16) {
    const bytes = v128.load(block - 64 + at);
    keepFirst(MASKS - 8 + (at >> 3), v128.and(bytes, nibble), upper(bytes, nibble));
  }
}

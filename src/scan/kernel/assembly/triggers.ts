import { HITS_AT, HITS_WHAT, LEADS, PAIRS, QUADS } from '../layout.ts';
import { classify } from './masks.ts';
import {
  isAnsi,
  isBackslash,
  isBase64,
  isEntity,
  isHex,
  isInvisible,
  isJoint,
  isPercent,
  isQuoted,
  isZero,
} from './signs.ts';

/** The places of `triggers` in kernel.ts. */
const BASE64: u32 = 0;
const HEX: u32 = 1;
const PERCENT: u32 = 2;
const BACKSLASH: u32 = 3;
const ENTITY: u32 = 4;
const QUOTED: u32 = 5;
const ZERO: u32 = 6;
const ANSI: u32 = 7;
const INVISIBLE: u32 = 8;
const JOINT: u32 = 9;
const TRIGGER: u32 = 0xff00;

/** Hits so far, and which triggers the 64 bytes that are looked at have already. */
let hits: u32 = 0;
let seen: u32 = 0;
let window: u32 = 0;

function emit(kind: u32, at: u32): void {
  store<u32>(load<u32>(0, HITS_AT) + (hits << 2), at - window);
  store<u32>(load<u32>(0, HITS_WHAT) + (hits << 2), TRIGGER + kind);
  hits++;
  seen |= 1 << kind;
}

/** Is this trigger still to be found in these 64 bytes? */
function open(kind: u32): bool {
  return ((seen >> kind) & 1) === 0;
}

function tryLead(at: u32): void {
  const lead = <u32>load<u8>(at);
  if (lead === 0x22 || lead === 0x27) {
    if (open(JOINT) && isJoint(at)) emit(JOINT, at);
  } else if (lead === 0x5c) {
    if (open(BACKSLASH) && isBackslash(at)) emit(BACKSLASH, at);
    if (open(JOINT) && isJoint(at)) emit(JOINT, at);
  } else if (lead === 0x3d) {
    if (open(QUOTED) && isQuoted(at)) emit(QUOTED, at);
  } else if (lead === 0x25) {
    if (open(PERCENT) && isPercent(at)) emit(PERCENT, at);
  } else if (lead === 0x26) {
    if (open(ENTITY) && isEntity(at)) emit(ENTITY, at);
  } else if (lead === 0) {
    if (open(ZERO) && isZero(at)) emit(ZERO, at);
  } else if (lead === 0x1b) {
    if (open(ANSI) && isAnsi(at)) emit(ANSI, at);
  } else if (lead > 0x7f) {
    if (open(INVISIBLE) && isInvisible(at)) emit(INVISIBLE, at);
  }
}

/** Ends of five quads: a bit, and those 4, 8, 12 and 16 before. */
// (in `find`, for two words of 64 bits: the carry of each shift comes from the word before)
function fourteen(here: u64, before: u64): u64 {
  const b2 = before & (before << 2);
  const h2 = here & ((here << 2) | (before >> 62));
  const b4 = b2 & (b2 << 4);
  const h4 = h2 & ((h2 << 4) | (b2 >> 60));
  const b8 = b4 & (b4 << 8);
  const h8 = h4 & ((h4 << 8) | (b4 >> 56));
  return h8 & ((h8 << 12) | (b8 >> 52));
}

/** Adds the first of each trigger in each 64 bytes of the block, from `from` on and before `to`. */
export function findTriggers(block: u32, size: u32, from: u32, to: u32): u32 {
  classify(block, size);
  let quadsBefore = ~load<u64>(QUADS);
  let doubleBefore = quadsBefore & (quadsBefore << 4);
  let pairsBefore = load<u64>(PAIRS);
  for (let at: u32 = 0; at < size; at += 64) {
    const mask = (at >> 3) + 8;
    const quads = ~load<u64>(QUADS + mask);
    const pairs = load<u64>(PAIRS + mask);
    let leads = ~((load<u64>(LEADS + mask) >> 1) | (load<u64>(LEADS + mask + 8) << 63));
    const double = quads & ((quads << 4) | (quadsBefore >> 60));
    let runs = double & ((double << 8) | (doubleBefore >> 56)) & ((quads << 16) | (quadsBefore >> 48));
    let hexes: u64 = popcnt(pairs) + popcnt(pairsBefore) > 13 ? fourteen(pairs, pairsBefore) : 0;
    quadsBefore = quads;
    doubleBefore = double;
    pairsBefore = pairs;
    if ((runs | hexes | leads) === 0) continue;
    const start = block + at;
    if (start < from || start + 64 > to) {
      let valid: u64 = ~(<u64>0);
      if (start < from) valid <<= from - start;
      if (start + 64 > to) valid &= ~(<u64>0) >> (start + 64 - to);
      runs &= valid;
      hexes &= valid;
      leads &= valid;
    }
    seen = 0;
    for (; runs !== 0 && open(BASE64); runs &= runs - 1) {
      const place = start + <u32>ctz(runs);
      if (isBase64(place)) emit(BASE64, place);
    }
    for (; hexes !== 0 && open(HEX); hexes &= hexes - 1) {
      const place = start + <u32>ctz(hexes);
      if (isHex(place)) emit(HEX, place);
    }
    for (; leads !== 0; leads &= leads - 1) tryLead(start + <u32>ctz(leads));
  }
  return hits;
}

/** The hits go on from here. */
export function beginTriggers(found: u32, base: u32): void {
  hits = found;
  window = base;
}

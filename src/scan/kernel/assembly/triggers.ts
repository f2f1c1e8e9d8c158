import { HITS_AT, HITS_WHAT, QUADS, TWINS } from '../layout.ts';
import { firstsBefore } from './masks.ts';
import {
  isAnsi,
  isBackslash,
  isBase64,
  isCodes,
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
const CODES: u32 = 10;
const TRIGGER: u32 = 0xff00;

/** Hits so far, and which triggers the 64 bytes that are looked at have already. */
let hits: u32 = 0;
let seen: u32 = 0;
let chunk: u32 = 0;
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

/** Adds the trigger whose lead stands at `at`, unless these 64 bytes have it. */
export function addLead(at: u32, found: u32): u32 {
  hits = found;
  if (at >> 6 !== chunk) {
    chunk = at >> 6;
    seen = 0;
  }
  tryLead(at);
  return hits;
}

/** Of these 64 bits those that end five of four apart; the earlier ones are in the 64 bits before. */
function five(here: u64, before: u64): u64 {
  const double = here & ((here << 4) | (before >> 60));
  const doubleBefore = before & (before << 4);
  return double & ((double << 8) | (doubleBefore >> 56)) & ((here << 16) | (before >> 48));
}

/** Those that end fourteen of two apart. */
function fourteen(here: u64, before: u64): u64 {
  const before2 = before & (before << 2);
  const here2 = here & ((here << 2) | (before >> 62));
  const before4 = before2 & (before2 << 4);
  const here4 = here2 & ((here2 << 4) | (before2 >> 60));
  const before8 = before4 & (before4 << 8);
  const here8 = here4 & ((here4 << 8) | (before4 >> 56));
  return here8 & ((here8 << 12) | (before8 >> 52));
}

/** Those that end four of three apart. */
function fourOfThree(here: u64, before: u64): u64 {
  const two = here & ((here << 3) | (before >> 61));
  const twoBefore = before & (before << 3);
  return two & ((two << 6) | (twoBefore >> 58));
}

/** Do four of two apart stand within these bits? Of fourteen in two neighbours, one holds so many. */
function hasRow(pairs: u64): bool {
  const two = pairs & (pairs << 2);
  return (two & (two << 4)) !== 0;
}

/** Adds the first base64, the first hex and the first codes of 64 bytes, in which they may end as the bits tell. */
function addRun(start: u32, quads: u64, pairs: u64, codes: u64): void {
  for (; quads !== 0; quads &= quads - 1) {
    const place = start + <u32>ctz(quads);
    if (!isBase64(place)) continue;
    emit(BASE64, place);
    break;
  }
  for (; pairs !== 0; pairs &= pairs - 1) {
    const place = start + <u32>ctz(pairs);
    if (!isHex(place)) continue;
    emit(HEX, place);
    break;
  }
  for (; codes !== 0; codes &= codes - 1) {
    const place = start + <u32>ctz(codes);
    if (!isCodes(place)) continue;
    emit(CODES, place);
    break;
  }
}

/** Adds the first base64, hex and codes in each 64 bytes from `block` on: from `from` on, before `to`. */
export function addRuns(block: u32, from: u32, to: u32, found: u32): u32 {
  hits = found;
  firstsBefore(block);
  let quadsBefore = load<u64>(QUADS);
  let pairsBefore = load<u64>(TWINS);
  let rowBefore = hasRow(pairsBefore);
  let mask: u32 = 8;
  for (let start = block; start < to; start += 64, mask += 8) {
    const quads = load<u64>(mask, QUADS);
    const pairs = load<u64>(mask, TWINS);
    const row = hasRow(pairs);
    const five4 = five(quads, quadsBefore);
    const fourteen2 = row || rowBefore ? fourteen(pairs, pairsBefore) : 0;
    const four3 = fourOfThree(pairs, pairsBefore);
    if ((five4 | fourteen2 | four3) !== 0) {
      let valid = ~(<u64>0);
      if (start < from) valid <<= from - start;
      if (start + 64 > to) valid &= ~(<u64>0) >> (start + 64 - to);
      addRun(start, five4 & valid, fourteen2 & valid, four3 & valid);
    }
    quadsBefore = quads;
    pairsBefore = pairs;
    rowBefore = row;
  }
  return hits;
}

/** Another window is looked at. */
export function beginTriggers(base: u32): void {
  window = base;
  chunk = 0;
}

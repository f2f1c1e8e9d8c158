import {
  ANCHOR_BACK,
  ANCHOR_CHECK,
  ANCHOR_CHECKS,
  ANCHOR_CLASS,
  ANCHOR_CLASSES,
  ANCHOR_EDGE,
  ANCHOR_FOLD,
  ANCHOR_LENGTH,
  ANCHOR_SIZE,
  ANCHOR_TEXT,
  ANCHORS,
  CHECK_SIZE,
  CHECKS,
  CLASSES,
  DONE,
  END,
  FULL,
  HASHES,
  HITS_AT,
  HITS_WHAT,
  LEAD_QUEUE,
  LONGEST_SEQUENCE,
  PAIRS,
  QUEUE,
  REACH,
  SETS,
  SHIFT,
} from '../layout.ts';
import { fulfilled } from './checks.ts';
import { isLead } from './collect.ts';
import { hashed, listOf } from './lists.ts';
import { addLead } from './triggers.ts';

/** Where the window begins, and before which place no anchor may. */
let base: u32 = 0;
let lowest: u32 = 0;
export function begin(from: u32, window: u32): void {
  lowest = from;
  base = window;
}

function isDigit(byte: u32): bool {
  return byte - 0x30 <= 9;
}

function isWord(byte: u32): bool {
  return isDigit(byte) || (byte | 0x20) - 0x61 <= 25 || byte === 0x5f;
}

/** Does a terminal's control sequence end before `at`, as far as its bracket tells? */
function endsSequence(at: u32): bool {
  let from = at - 2;
  while (at - from < <u32>LONGEST_SEQUENCE && (<u32>load<u8>(from) & 0xe0) === 0x20) from--;
  return load<u8>(from) === 0x5b;
}

/** May a key begin here? Not where a word goes on, unless what stands before could be the end of an escape. */
function beginsAt(at: u32): bool {
  const before = <u32>load<u8>(at - 1);
  if (!isWord(before)) return true;
  const second = <u32>load<u8>(at - 2);
  const third = <u32>load<u8>(at - 3);
  const fourth = <u32>load<u8>(at - 4);
  if (second === 0x5c || second === 0x5e || third === 0x25 || third === 0x3d) return true;
  if (fourth === 0x5c || fourth === 0x23 || load<u8>(at - 6) === 0x5c) return true;
  return !isDigit(before) && endsSequence(at);
}

/** Do all sets of an anchor fit at `start`? Its letters are compared at once, sixteen of them. */
function stands(anchor: u32, start: u32): bool {
  const text = v128.or(v128.load(start), v128.load(anchor, ANCHOR_FOLD));
  if (!i8x16.all_true(i8x16.eq(text, v128.load(anchor, ANCHOR_TEXT)))) return false;
  let left = load<u32>(anchor, ANCHOR_CLASSES);
  let each = load<u32>(0, CLASSES) + (load<u32>(anchor, ANCHOR_CLASS) << 2);
  const sets = load<u32>(0, SETS);
  for (; left > 0; left--, each += 4) {
    const byte = <u32>load<u8>(start + <u32>load<u16>(each));
    if (load<u8>(sets + ((<u32>load<u16>(each, 2)) << 8) + byte) === 0) return false;
  }
  return true;
}

/** Do its sets, its edge and its checks fit there? */
function fits(anchor: u32, start: u32, to: u32): bool {
  if (!stands(anchor, start)) return false;
  if (load<u8>(anchor, ANCHOR_EDGE) !== 0 && !beginsAt(start)) return false;
  let check = load<u32>(0, CHECKS) + load<u32>(anchor, ANCHOR_CHECK) * CHECK_SIZE;
  for (let left = <u32>load<u8>(anchor, ANCHOR_CHECKS); left > 0; left--) {
    if (!fulfilled(check, start, to)) return false;
    check += CHECK_SIZE;
  }
  return true;
}

/** Adds the anchors of a list that fit where their window ends at `place`. */
function tryList(list: u32, place: u32, hits: u32): u32 {
  const to = load<u32>(0, DONE);
  for (let id = <u32>load<u16>(list); id !== END; id = <u32>load<u16>(list)) {
    list += 2;
    const anchor = load<u32>(0, ANCHORS) + id * ANCHOR_SIZE;
    const start = place - load<u8>(anchor, ANCHOR_BACK);
    if (start < lowest || start + load<u8>(anchor, ANCHOR_LENGTH) > to || !fits(anchor, start, to)) continue;
    store<u32>(load<u32>(0, HITS_AT) + (hits << 2), start - base);
    store<u32>(load<u32>(0, HITS_WHAT) + (hits << 2), id);
    hits++;
  }
  return hits;
}

/** Of the queued places, adds the anchors that stand there. Stops when the hits are full. */
export function verify(count: u32, found: u32): u32 {
  const hashes = load<u32>(0, HASHES);
  const pairs = load<u32>(0, PAIRS);
  const shift = load<u32>(0, SHIFT);
  const full = load<u32>(0, FULL);
  let hits = found;
  for (let at: u32 = 0; at < count; at++) {
    const place = load<u32>(QUEUE + (at << 2));
    if (hits > full) {
      store<u32>(0, (place - load<u32>(0, REACH)) & ~63, DONE);
      break;
    }
    const list = listOf(hashes, hashed(place, shift));
    if (list !== 0) hits = tryList(list, place, hits);
    if (pairs === 0) continue;
    const other = listOf(pairs, load<u16>(place - 1));
    if (other !== 0) hits = tryList(other, place, hits);
  }
  return hits;
}

/** `=` before a number, as in `status=200`: most leads of a log are that, and none of them is quoted-printable. */
function isAssigned(at: u32): bool {
  if (load<u8>(at) !== 0x3d || load<u8>(at, 1) <= 0x0d) return false;
  return load<u8>(at, 2) <= 0x39 && load<u8>(at, 3) !== 0x3d;
}

/** Of the queued places, adds the triggers whose leads stand before them: there is always room for those of a block. */
export function verifyLeads(count: u32, found: u32): u32 {
  let hits = found;
  for (let at: u32 = 0; at < count; at++) {
    const lead = load<u32>(LEAD_QUEUE + (at << 2)) - 1;
    if (lead >= lowest && !isAssigned(lead) && isLead(lead)) hits = addLead(lead, hits);
  }
  return hits;
}

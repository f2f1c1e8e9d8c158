import { BLOCK, DONE, FULL, MASKS, PASSES, POSITIONS, REACH, TRIGGERS } from '../layout.ts';
import { clear } from './checks.ts';
import { collect, leads, windows } from './collect.ts';
import { mask3, mask4 } from './masks.ts';
import { addRuns, beginTriggers } from './triggers.ts';
import { begin, verify, verifyLeads } from './verify.ts';

/** Only the block's bytes from `from` to before `to` count. */
function trim(block: u32, from: u32, to: u32): void {
  if (from > block) store<u64>(MASKS, load<u64>(MASKS) & (~(<u64>0) << (from - block)));
  const rest = to - block;
  if (rest < <u32>BLOCK && (rest & 63) !== 0) {
    const last = MASKS + ((rest >> 6) << 3);
    store<u64>(last, load<u64>(last) & ~(~(<u64>0) << (rest & 63)));
  }
}

function mask<Quads>(block: u32, size: u32, pass: u32): void {
  if (load<u32>(0, POSITIONS) === 3) mask3<Quads>(block, size, pass);
  else mask4<Quads>(block, size, pass);
}

/**
 * Writes the hits of `from` to before `to`, addresses in memory, as offsets from `base`, and returns how many. `DONE`
 * tells up to which address it came.
 */
export function scan(from: u32, to: u32, base: u32): u32 {
  const triggers = load<u32>(0, TRIGGERS) !== 0;
  const passes = load<u32>(0, PASSES);
  const full = load<u32>(0, FULL);
  let hits: u32 = 0;
  store<u32>(0, <u32>to, DONE);
  clear();
  begin(from, base);
  beginTriggers(base);
  for (let block = from & ~63; block < to; block += BLOCK) {
    if (hits > full) {
      store<u32>(0, (block - load<u32>(0, REACH)) & ~63, DONE);
      break;
    }
    const size = min(BLOCK, (to - block + 63) & ~63);
    if (triggers) mask<i32>(block, size, 0);
    else mask<f32>(block, size, 0);
    if (passes > 1) mask<f32>(block, size, 1);
    trim(block, from, to);
    collect(block, size);
    if (windows > 0) hits = verify(windows, hits);
    if (leads > 0) hits = verifyLeads(leads, hits);
    const done = load<u32>(0, DONE);
    if (triggers && done > block) hits = addRuns(block, from, min(done, block + size), hits);
    if (done !== to) break;
  }
  return hits;
}

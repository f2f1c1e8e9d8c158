import {
  AFTER_LEAD,
  BEFORE_LEAD,
  GATE,
  HASHES,
  INDEX_BITS,
  LEAD,
  LEAD_QUEUE,
  MASKS,
  PAIRS,
  QUEUE,
  SHIFT,
} from '../layout.ts';
import { hashed, isListed } from './lists.ts';

/** May a trigger begin at `at`? Judged by the byte there and those beside it. */
export function isLead(at: u32): bool {
  const before = <u32>load<u8>(BEFORE_LEAD + <u32>load<u8>(at - 1));
  const lead = <u32>load<u8>(LEAD + <u32>load<u8>(at));
  return (before & lead & <u32>load<u8>(AFTER_LEAD + <u32>load<u8>(at + 1))) !== 0;
}

/** How many places the last call queued: of anchors' windows, and of leads. */
export let windows: u32 = 0;
export let leads: u32 = 0;

/** Queues the places of the masks whose window is one that some anchor has, and those that may hold a lead. */
export function collect(block: u32, size: u32): void {
  const gate = load<u32>(0, GATE);
  const pairs = load<u32>(0, PAIRS);
  const bits = load<u32>(load<u32>(0, HASHES), INDEX_BITS);
  const pairBits = pairs === 0 ? 0 : load<u32>(pairs, INDEX_BITS);
  const shift = load<u32>(0, SHIFT);
  let queue: u32 = QUEUE;
  let leadQueue: u32 = LEAD_QUEUE;
  for (let at: u32 = 0; at < size; at += 64) {
    let mask = load<u64>(MASKS + (at >> 3));
    const start = block + at;
    while (mask !== 0) {
      const place = start + <u32>ctz(mask);
      mask &= mask - 1;
      let hit = isListed(bits, hashed(place, shift));
      if (pairs !== 0) hit |= isListed(pairBits, load<u16>(place - 1));
      store<u32>(queue, place);
      queue += hit << 2;
      if (gate === 0) continue;
      store<u32>(leadQueue, place);
      leadQueue += isListed(gate, load<u16>(place - 1)) << 2;
    }
  }
  windows = (queue - QUEUE) >> 2;
  leads = (leadQueue - LEAD_QUEUE) >> 2;
}

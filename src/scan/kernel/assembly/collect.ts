import { FOLD, HASH_BITS, MASKS, PAIR_BITS, QUEUE, SEXTETS, SHIFT, SPREAD, TRIGGERS } from '../layout.ts';

/** Place in the hash of the window that ends at `at`. */
export function hashed(at: u32, shift: u32): u32 {
  return ((load<u32>(at - 3) | FOLD) * <u32>SPREAD) >> shift;
}

function bit(bits: u32, at: u32): u32 {
  return (<u32>load<u8>(bits + (at >> 3)) >> <u32>(at & 7)) & 1;
}

/** 1 where a trigger may begin. */
export function isLead(at: u32): u32 {
  return <u32>load<u8>(SEXTETS + <u32>load<u8>(at)) >> 7;
}

/** Queues the places of the masks whose window is one that some anchor has, or a lead's; how many. */
export function collect(block: u32, size: u32): u32 {
  const pairs = load<u32>(0, PAIR_BITS);
  const bits = load<u32>(0, HASH_BITS);
  const shift = load<u32>(0, SHIFT);
  const triggers = load<u32>(0, TRIGGERS);
  let queue: u32 = QUEUE;
  for (let at: u32 = 0; at < size; at += 64) {
    let mask = load<u64>(MASKS + (at >> 3));
    const start = block + at;
    while (mask !== 0) {
      const place = start + <u32>ctz(mask);
      mask &= mask - 1;
      let hit = bit(bits, hashed(place, shift));
      if (pairs !== 0) hit |= bit(pairs, load<u16>(place - 1));
      hit |= isLead(place - 1) & triggers;
      store<u32>(queue, place);
      queue += hit << 2;
    }
  }
  return <u32>((queue - QUEUE) >> 2);
}

import { INDEX_BITS, INDEX_LISTS, INDEX_RANKS, LISTS, SPREAD } from '../layout.ts';

/** Place in the hash of the window that ends at `at`. */
export function hashed(at: u32, shift: u32): u32 {
  return (load<u32>(at - 3) * <u32>SPREAD) >> shift;
}

/** 1 where a key of an index has a list; `bits` are its INDEX_BITS. */
export function isListed(bits: u32, key: u32): u32 {
  return (<u32>load<u8>(bits + (key >> 3)) >> (key & 7)) & 1;
}

/** Where the list of a key begins; 0 where it has none. */
export function listOf(index: u32, key: u32): u32 {
  const word = key >> 6;
  const bits = load<u64>(load<u32>(index, INDEX_BITS) + (word << 3));
  const bit = (<u64>1) << (key & 63);
  if ((bits & bit) === 0) return 0;
  const rank = load<u32>(load<u32>(index, INDEX_RANKS) + (word << 2)) + <u32>popcnt(bits & (bit - 1));
  return load<u32>(0, LISTS) + ((<u32>load<u16>(load<u32>(index, INDEX_LISTS) + (rank << 1))) << 1);
}

import {
  CHECK_BARREN,
  CHECK_COUNT,
  CHECK_FERTILE,
  CHECK_FIRST,
  CHECK_FROM,
  CHECK_LAST,
  CHECK_RUN,
  CHECK_SET,
  CHECK_SIZE,
  CHECK_TO,
  CHECKS,
  SETS,
} from '../layout.ts';

/** Other bytes stand in the window now: nothing is remembered. */
export function clear(): void {
  let check = load<u32>(0, CHECKS);
  for (let left = load<u32>(0, CHECK_COUNT); left > 0; left--) {
    store<u64>(check, 0, CHECK_FROM);
    store<u64>(check, 0, CHECK_BARREN);
    check += CHECK_SIZE;
  }
}

/** The first place from which on all bytes up to `end` are of the check's set; none before `first`. */
function runBefore(check: u32, end: u32, first: u32): u32 {
  const set = load<u32>(0, SETS) + (load<u32>(check, CHECK_SET) << 8);
  const from = load<u32>(check, CHECK_FROM);
  const to = load<u32>(check, CHECK_TO);
  let at = end;
  while (at > first) {
    if (at > from && at <= to) {
      at = from;
    } else {
      if (load<u8>(set + <u32>load<u8>(at - 1)) === 0) break;
      at--;
    }
  }
  if (end - at >= to - from || to <= first) {
    store<u32>(check, at, CHECK_FROM);
    store<u32>(check, end, CHECK_TO);
  }
  return at;
}

/**
 * Do enough bytes of the check's set stand on end near an anchor at `start`? Bytes from `to` on are of any set. Looks
 * from the end of a run to its beginning. What it learns it remembers, so that a flood of anchors does not have the same
 * bytes looked at again and again: anchors come in ascending order.
 */
export function fulfilled(check: u32, start: u32, to: u32): bool {
  const run = load<u32>(check, CHECK_RUN);
  const begin = start + load<u32>(check, CHECK_FIRST);
  const last = start + load<u32>(check, CHECK_LAST);
  const barren = load<u32>(check, CHECK_BARREN);
  const fertile = load<u32>(check, CHECK_FERTILE);
  const next = begin >= barren && begin <= fertile;
  let first = next ? fertile : begin;
  let found = false;
  if (run === 1) {
    const set = load<u32>(0, SETS) + (load<u32>(check, CHECK_SET) << 8);
    const end = min(last + 1, to);
    while (first < end && load<u8>(set + <u32>load<u8>(first)) === 0) first++;
    found = first <= last;
  } else
    while (first <= last) {
      const end = min(first + run, to);
      const at = end > first ? runBefore(check, end, first) : first;
      if (at <= first) {
        found = true;
        break;
      }
      first = at;
    }
  if (!next) store<u32>(check, begin, CHECK_BARREN);
  store<u32>(check, first, CHECK_FERTILE);
  return found;
}

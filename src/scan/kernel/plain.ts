import type { Anchor, ByteSet, Check } from '../pattern/anchor.ts';
import type { Hits, Kernel } from './kernel.ts';
import { LONGEST_SEQUENCE } from './layout.ts';
import { type Part, placeWindows, type WindowSizes } from './memory.ts';
import { createFinder } from './plain-triggers.ts';
import { ANY, bytesOf } from './sets.ts';

const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39;
const isWord = (byte: number): boolean =>
  isDigit(byte) || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a) || byte === 0x5f;

/** Does a terminal's control sequence end before `at`, as far as its bracket tells? */
const endsSequence = (memory: Uint8Array, at: number): boolean => {
  let from = at - 2;
  while (at - from < LONGEST_SEQUENCE && ((memory[from] ?? 0) & 0xe0) === 0x20) from -= 1;
  return memory[from] === 0x5b;
};

/** May a key begin here? Not where a word goes on, unless what stands before could be the end of an escape. */
const beginsAt = (memory: Uint8Array, at: number): boolean => {
  const back = (count: number): number => memory[at - count] ?? 0;
  if (!isWord(back(1)) || back(2) === 0x5c || back(2) === 0x5e || back(3) === 0x25 || back(3) === 0x3d) return true;
  if (back(4) === 0x5c || back(4) === 0x23 || back(6) === 0x5c) return true;
  return !isDigit(back(1)) && endsSequence(memory, at);
};

/** The two neighbours of an anchor's sets that stand for fewest pairs of bytes: where they begin. */
const rarest = (sets: readonly ByteSet[]): number => {
  const sizes = sets.map((set) => bytesOf(set).length);
  const pairs = sizes.slice(1).map((size, at) => size * (sizes[at] ?? 0));
  return pairs.indexOf(Math.min(...pairs));
};

const pairsAt = (sets: readonly ByteSet[], at: number): Uint32Array => {
  const lasts = bytesOf(sets[at + 1] ?? ANY);
  return Uint32Array.from(bytesOf(sets[at] ?? ANY).flatMap((byte) => lasts.map((last) => (byte << 8) | last)));
};

/** Is there a run near the anchor that fulfils the check? Bytes from `to` on are of any set. */
const fulfilled = (
  memory: Uint8Array,
  check: Check,
  { start, end, to }: { start: number; end: number; to: number },
) => {
  const { set, count, side, distance } = check;
  const first = side === 'after' ? end + distance.least : start - distance.most - count;
  const last = side === 'after' ? end + distance.most : start - distance.least - count;
  let run = 0;
  for (let at = first; at < Math.min(last + count, to); at += 1) {
    run = set[memory[at] ?? 0] === 1 ? run + 1 : 0;
    if (run === count) return true;
  }
  return last + count > to && to - run <= last;
};

/** Per pair of bytes the anchors whose rarest two bytes they may be. */
const listsOf = (anchors: readonly Anchor[], offsets: readonly number[]): ReadonlyMap<number, readonly number[]> => {
  const lists = new Map<number, number[]>();
  anchors.forEach(({ sets }, id) => {
    for (const pair of pairsAt(sets, offsets[id] ?? 0)) {
      const list = lists.get(pair);
      if (list === undefined) lists.set(pair, [id]);
      else list.push(id);
    }
  });
  return lists;
};

/** Finds the anchors that stand in a part of memory, by the pairs of bytes there. */
const createSeeker = (memory: Uint8Array, anchors: readonly Anchor[]) => {
  const offsets = anchors.map(({ sets }) => rarest(sets));
  const lists = listsOf(anchors, offsets);
  const known = Uint8Array.from({ length: 65536 }, (_, pair) => (lists.has(pair) ? 1 : 0));
  const fits = (anchor: Anchor, start: number, to: number): boolean => {
    const after = start + anchor.sets.length;
    if (after > to) return false;
    if (!anchor.sets.every((set, each) => set[memory[start + each] ?? 0] === 1)) return false;
    if (anchor.edge && !beginsAt(memory, start)) return false;
    return anchor.checks.every((check) => fulfilled(memory, check, { start, end: after, to }));
  };
  return ({ from, to }: Part, give: (at: number, what: number) => void): void => {
    let pair = memory[from] ?? 0;
    for (let next = from + 1; next < to; next += 1) {
      pair = ((pair & 0xff) << 8) | (memory[next] ?? 0);
      if (known[pair] !== 1) continue;
      for (const id of lists.get(pair) ?? []) {
        const anchor = anchors[id];
        const start = next - 1 - (offsets[id] ?? 0);
        if (anchor !== undefined && start >= from && fits(anchor, start, to)) give(start, id);
      }
    }
  };
};

export interface PlainOptions extends WindowSizes {
  readonly anchors: readonly Anchor[];
  readonly triggers?: boolean;
}

/** The kernel without SIMD: slower, and the same hits. */
export const createPlain = ({ anchors, triggers = true, ...sizes }: PlainOptions): Kernel => {
  const { bases, end } = placeWindows(0, sizes);
  const memory = new Uint8Array(end);
  const seek = createSeeker(memory, anchors);
  const find = createFinder(memory);
  const look = (window: number, from: number, to: number): Hits => {
    const base = bases[window] ?? 0;
    const at: number[] = [];
    const what: number[] = [];
    const give = (place: number, hit: number): void => {
      at.push(place - base);
      what.push(hit);
    };
    const part = { from: base + from, to: base + to, base };
    seek(part, give);
    if (triggers) find(part, give);
    return { count: at.length, at: Uint32Array.from(at), what: Uint32Array.from(what), done: to };
  };
  return {
    simd: false,
    windows: bases.map((base) => Buffer.from(memory.buffer, base, sizes.windowBytes)),
    look,
  };
};

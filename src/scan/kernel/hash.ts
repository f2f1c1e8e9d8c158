import type { ByteSet } from '../pattern/anchor.ts';
import { END, SPREAD } from './layout.ts';
import { ANY, bytesOf, foldedOf } from './sets.ts';

/** Windows with more forms than this are found by two of their bytes instead. */
export const MOST_FORMS = 4096;

/** How many four-byte forms a window has, cases folded. */
export const formsOf = (window: readonly ByteSet[]): number =>
  window.reduce((forms, set) => forms * foldedOf(set).length, 1);

/** Lists of anchors by key. `keys[n]` are those of anchor n, ascending numbers below `size`; none for one not here. */
export interface Lists {
  /** One bit per key: does it have a list? */
  readonly bits: Uint8Array;
  /** Per key: where its list begins in `ids`; 0 where it has none. */
  readonly begin: Uint32Array;
  /** Indexes of anchors; each list ends in END. The first entry belongs to no list. */
  readonly ids: Uint16Array;
}

/** Lists for `size` keys, of the keys of each anchor. */
export const listsOf = (size: number, keys: readonly Uint32Array[]): Lists => {
  const lengths = new Uint32Array(size);
  for (const own of keys) for (const key of own) lengths[key] = (lengths[key] ?? 0) + 1;
  const begin = new Uint32Array(size);
  const bits = new Uint8Array(Math.max(4, size >> 3));
  let next = 1;
  for (let key = 0; key < size; key += 1) {
    const length = lengths[key] ?? 0;
    if (length === 0) continue;
    begin[key] = next;
    bits[key >> 3] = (bits[key >> 3] ?? 0) | (1 << (key & 7));
    next += length + 1;
  }
  const ids = new Uint16Array(next).fill(END);
  const free = begin.slice();
  keys.forEach((own, id) => {
    for (const key of own) {
      const at = free[key] ?? 0;
      ids[at] = id;
      free[key] = at + 1;
    }
  });
  return { bits, begin, ids };
};

/** Each key once. */
const distinct = (keys: Uint32Array): Uint32Array => new Uint32Array(new Set(keys));

/** The hashes of all forms of a window. */
export const hashesOf = (window: readonly ByteSet[], shift: number): Uint32Array => {
  let forms: readonly number[] = [0];
  window.forEach((set, at) => {
    const bytes = foldedOf(set).map((byte) => byte << (8 * at));
    forms = forms.flatMap((form) => bytes.map((byte) => form | byte));
  });
  return distinct(Uint32Array.from(forms, (form) => Math.imul(form, SPREAD) >>> shift));
};

/** The last two bytes of a window, as the kernel reads them: the lower byte first. */
export const pairsOf = (window: readonly ByteSet[]): Uint32Array => {
  const lasts = bytesOf(window[3] ?? ANY);
  return Uint32Array.from(bytesOf(window[2] ?? ANY).flatMap((byte) => lasts.map((last) => byte | (last << 8))));
};

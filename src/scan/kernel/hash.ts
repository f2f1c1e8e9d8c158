import type { ByteSet } from '../pattern/anchor.ts';
import { END, SPREAD } from './layout.ts';
import { ANY, bytesOf } from './sets.ts';

/** Windows with more forms than this are found by two of their bytes instead. */
export const MOST_FORMS = 4096;

/** How many four-byte forms a window has. */
export const formsOf = (window: readonly ByteSet[]): number =>
  window.reduce((forms, set) => forms * bytesOf(set).length, 1);

/** An index of keys below `size` (`layout.ts`): which have a list of anchors, and where it begins. */
export interface Index {
  readonly bits: Uint32Array;
  readonly ranks: Uint32Array;
  readonly lists: Uint16Array;
}

/** Lists of anchors, each once, however many keys have it. */
export const createLists = () => {
  const ids: number[] = [];
  const places = new Map<string, number>();
  return {
    ids: (): Uint16Array => Uint16Array.from(ids),
    /** Where the list of these anchors begins. */
    placeOf(anchors: readonly number[]): number {
      const key = anchors.join();
      const known = places.get(key);
      if (known !== undefined) return known;
      const place = ids.length;
      if (place + anchors.length > END) throw new RangeError('too many anchors for the kernel');
      ids.push(...anchors, END);
      places.set(key, place);
      return place;
    },
  };
};
export type Lists = ReturnType<typeof createLists>;

/** Per key below `size` its anchors, of the keys of each anchor: `all[first[key]]` to before `first[key + 1]`. */
const byKey = (size: number, keys: readonly Uint32Array[]) => {
  const first = new Uint32Array(size + 1);
  for (const own of keys) for (const key of own) first[key] = (first[key] ?? 0) + 1;
  let total = 0;
  for (let key = 0; key <= size; key += 1) {
    total += first[key] ?? 0;
    first[key] = total;
  }
  const all = new Uint16Array(total);
  for (let id = keys.length - 1; id >= 0; id -= 1) {
    for (const key of keys[id] ?? []) {
      const place = (first[key] ?? 0) - 1;
      first[key] = place;
      all[place] = id;
    }
  }
  return { first, all };
};

/** Indexes anchors by their keys: `keys[n]` are those of anchor n. */
export const indexOf = (size: number, keys: readonly Uint32Array[], lists: Lists): Index => {
  const { first, all } = byKey(size, keys);
  const bits = new Uint32Array(Math.ceil(size / 64) * 2);
  const ranks = new Uint32Array(bits.length / 2);
  const places: number[] = [];
  const single = new Map<number, number>();
  for (let key = 0; key < size; key += 1) {
    if (key % 64 === 0) ranks[key / 64] = places.length;
    const begin = first[key] ?? 0;
    const end = first[key + 1] ?? 0;
    if (begin === end) continue;
    bits[key >> 5] = (bits[key >> 5] ?? 0) | (1 << (key & 31));
    const id = all[begin] ?? 0;
    const place = (end === begin + 1 ? single.get(id) : undefined) ?? lists.placeOf([...all.subarray(begin, end)]);
    if (end === begin + 1) single.set(id, place);
    places.push(place);
  }
  return { bits, ranks, lists: Uint16Array.from(places) };
};

/** Each key once. */
const distinct = (keys: Uint32Array): Uint32Array => new Uint32Array(new Set(keys));

/** The hashes of all forms of a window. */
export const hashesOf = (window: readonly ByteSet[], shift: number): Uint32Array => {
  let forms: readonly number[] = [0];
  window.forEach((set, at) => {
    const bytes = bytesOf(set).map((byte) => byte << (8 * at));
    forms = forms.flatMap((form) => bytes.map((byte) => form | byte));
  });
  return distinct(Uint32Array.from(forms, (form) => Math.imul(form, SPREAD) >>> shift));
};

/** The last two bytes of a window, as the kernel reads them: the lower byte first. */
export const pairsOf = (window: readonly ByteSet[]): Uint32Array => {
  const lasts = bytesOf(window[3] ?? ANY);
  return Uint32Array.from(bytesOf(window[2] ?? ANY).flatMap((byte) => lasts.map((last) => byte | (last << 8))));
};

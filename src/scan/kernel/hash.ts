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
  const places = new Map<string | number, number>();
  return {
    ids: (): Uint16Array => Uint16Array.from(ids),
    /** Where the list of these anchors begins. */
    placeOf(anchors: readonly number[]): number {
      const key = anchors.length > 1 ? anchors.join() : (anchors[0] ?? END);
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

/** Each key of each anchor, smallest first: `key * IDS + anchor`. */
const sorted = (keys: readonly Uint32Array[]): Float64Array => {
  const all = new Float64Array(keys.reduce((sum, own) => sum + own.length, 0));
  let place = 0;
  keys.forEach((own, id) => {
    for (let at = 0; at < own.length; at += 1, place += 1) all[place] = (own[at] ?? 0) * IDS + id;
  });
  return all.sort();
};
const IDS = 2 ** 16;

/** Indexes anchors by their keys: `keys[n]` are those of anchor n, each once. */
export const indexOf = (size: number, keys: readonly Uint32Array[], lists: Lists): Index => {
  const all = sorted(keys);
  const bits = new Uint32Array(Math.ceil(size / 64) * 2);
  const ranks = new Uint32Array(bits.length / 2);
  const places: number[] = [];
  const keyAt = (at: number): number => Math.floor((all[at] ?? 0) / IDS);
  for (let at = 0; at < all.length; ) {
    const key = keyAt(at);
    const anchors: number[] = [];
    for (; at < all.length && keyAt(at) === key; at += 1) anchors.push((all[at] ?? 0) % IDS);
    bits[key >> 5] = (bits[key >> 5] ?? 0) | (1 << (key & 31));
    places.push(lists.placeOf(anchors));
    ranks[(key >> 6) + 1] = places.length; // the last has no next, and drops it
  }
  for (let rank = 1; rank < ranks.length; rank += 1) ranks[rank] = Math.max(ranks[rank] ?? 0, ranks[rank - 1] ?? 0);
  return { bits, ranks, lists: Uint16Array.from(places) };
};

/** Each key once. */
const distinct = (keys: Uint32Array): Uint32Array => keys.sort().filter((key, at) => key !== keys[at - 1]);

/** The hashes of all forms of a window. */
export const hashesOf = (window: readonly ByteSet[], shift: number): Uint32Array => {
  let forms = Uint32Array.of(0);
  window.forEach((set, at) => {
    const bytes = bytesOf(set).map((byte) => byte << (8 * at));
    const longer = new Uint32Array(forms.length * bytes.length);
    bytes.forEach((byte, nth) => {
      for (let form = 0; form < forms.length; form += 1) longer[nth * forms.length + form] = (forms[form] ?? 0) | byte;
    });
    forms = longer;
  });
  for (let form = 0; form < forms.length; form += 1) forms[form] = Math.imul(forms[form] ?? 0, SPREAD) >>> shift;
  return distinct(forms);
};

/** The last two bytes of a window, as the kernel reads them: the lower byte first. */
export const pairsOf = (window: readonly ByteSet[]): Uint32Array => {
  const lasts = bytesOf(window[3] ?? ANY);
  return Uint32Array.from(bytesOf(window[2] ?? ANY).flatMap((byte) => lasts.map((last) => byte | (last << 8))));
};

import type { Anchor, ByteSet, Check } from '../pattern/anchor.ts';
import { gateOf } from './gate.ts';
import { createLists, formsOf, hashesOf, type Index, indexOf, MOST_FORMS, pairsOf } from './hash.ts';
import { triggers as triggerKinds } from './kernel.ts';
import * as layout from './layout.ts';
import type { Seating } from './seat.ts';
import { bytesOf, createSets, WINDOW, windowAt } from './sets.ts';
import { leads, leadTables, names, quadNibbles, sextets, signs } from './signs.ts';

/** Hits there is always room for. */
const HITS = 1 << 15;
/** Triggers of one block: each kind once in 64 bytes. */
const TRIGGERS_OF_BLOCK = (layout.BLOCK / 64) * triggerKinds.length;

/** Bytes that stand at a place of the kernel's memory. */
interface Piece {
  readonly at: number;
  readonly bytes: Readonly<Uint8Array>;
}

/** What the kernel's memory begins with. */
export interface Image {
  readonly pieces: readonly Piece[];
  /** Where the hits are written: places, then what stands there. */
  readonly hits: { readonly at: number; readonly what: number; readonly room: number };
  /** The first byte after it. */
  readonly end: number;
}

const raw = (words: Uint16Array | Uint32Array | Int32Array): Uint8Array =>
  new Uint8Array(words.buffer, words.byteOffset, words.byteLength);

/** Hands out memory, and remembers what is to stand there. */
const createShelf = (first: number) => {
  const pieces: Piece[] = [];
  let end = first;
  const keep = (size: number): number => {
    const at = end;
    end = Math.ceil((at + size) / 64) * 64;
    return at;
  };
  return {
    pieces,
    keep,
    end: () => end,
    put(bytes: Uint8Array): number {
      const at = keep(bytes.length);
      pieces.push({ at, bytes });
      return at;
    },
  };
};
type Shelf = ReturnType<typeof createShelf>;

type Sets = ReturnType<typeof createSets>;

/** From the anchor's first byte to the first byte of the run. */
const placesOf = ({ side, distance, count }: Check, length: number): readonly [number, number] =>
  side === 'after'
    ? [length + distance.least, length + distance.most]
    : [-distance.most - count, -distance.least - count];

/** Bits to set in a byte and what must come out, if a set is one letter or a letter in both cases. */
const letterOf = (set: ByteSet): readonly [fold: number, text: number] | undefined => {
  const [one = 0, other, ...more] = bytesOf(set);
  if (other === undefined) return [0, one];
  const fold = one ^ other;
  return more.length === 0 && (fold & (fold - 1)) === 0 ? [fold, other] : undefined;
};
const ANY_LETTER = [0xff, 0xff] as const;
const LETTERS = 16;

const recordsOf = (anchors: readonly Anchor[], seating: Seating, sets: Sets) => {
  const records = new Uint8Array(anchors.length * layout.ANCHOR_SIZE).fill(0xff);
  const view = new DataView(records.buffer);
  const checks: number[] = [];
  const classes: number[] = [];
  anchors.forEach((anchor, at) => {
    const record = at * layout.ANCHOR_SIZE;
    const firstClass = classes.length / 2;
    anchor.sets.forEach((set, place) => {
      const letter = place < LETTERS ? letterOf(set) : undefined;
      if (letter === undefined) classes.push(place, sets.numberOf(set));
      const [fold, text] = letter ?? ANY_LETTER;
      if (place < LETTERS) records[record + layout.ANCHOR_FOLD + place] = fold;
      if (place < LETTERS) records[record + layout.ANCHOR_TEXT + place] = text;
    });
    records[record + layout.ANCHOR_LENGTH] = anchor.sets.length;
    records[record + layout.ANCHOR_BACK] = (seating.seats[at]?.offset ?? 0) + WINDOW - 1;
    records[record + layout.ANCHOR_EDGE] = anchor.edge ? 1 : 0;
    records[record + layout.ANCHOR_CHECKS] = anchor.checks.length;
    view.setUint32(record + layout.ANCHOR_CHECK, checks.length / (layout.CHECK_SIZE / 4), true);
    view.setUint32(record + layout.ANCHOR_CLASSES, classes.length / 2 - firstClass, true);
    view.setUint32(record + layout.ANCHOR_CLASS, firstClass, true);
    for (const check of anchor.checks) {
      checks.push(sets.numberOf(check.set), check.count, ...placesOf(check, anchor.sets.length), 0, 0, 0, 0);
    }
  });
  return { records, checks: Int32Array.from(checks), classes: Uint16Array.from(classes) };
};

/** Bytes of the tables of a bucket: gives those of a lower or upper nibble of one position its bit. */
const markIn = (tables: Uint8Array, bucket: number) => (position: number, half: 0 | 1, nibble: number) => {
  const pass = (bucket >> 3) * layout.NIBBLES_PASS;
  const at = pass + position * layout.NIBBLES_POSITION + half * 16 + nibble;
  tables[at] = (tables[at] ?? 0) | (1 << (bucket & 7));
};

const nibbleTables = (anchors: readonly Anchor[], { seats, passes }: Seating, triggers: boolean): Uint8Array => {
  const tables = new Uint8Array(2 * layout.NIBBLES_PASS);
  anchors.forEach(({ sets }, at) => {
    const { offset, bucket } = seats[at] ?? { offset: 0, bucket: 0 };
    const mark = markIn(tables, bucket);
    windowAt(sets, offset).forEach((set, position) => {
      for (const byte of bytesOf(set)) {
        mark(position, 0, byte & 15);
        mark(position, 1, byte >> 4);
      }
    });
  });
  if (!triggers) return tables;
  const any = Array.from({ length: 16 }, (_, nibble) => nibble);
  leads.forEach((lead, at) => {
    const mark = markIn(tables, passes * 8 - layout.LEADS + at);
    [[any, any], [any, any], ...lead].forEach((halves, position) => {
      for (const nibble of halves[0] ?? []) mark(position, 0, nibble);
      for (const nibble of halves[1] ?? []) mark(position, 1, nibble);
    });
  });
  return tables;
};

/** An index on the shelf: the address of its addresses. */
const putIndex = (shelf: Shelf, { bits, ranks, lists }: Index): number =>
  shelf.put(raw(Uint32Array.of(shelf.put(raw(bits)), shelf.put(raw(ranks)), shelf.put(raw(lists)))));

const putWindows = (shelf: Shelf, anchors: readonly Anchor[], { seats }: Seating) => {
  const windows = anchors.map(({ sets }, at) => windowAt(sets, seats[at]?.offset ?? 0));
  const forms = windows.map(formsOf);
  const total = forms.reduce((sum, count) => sum + (count > MOST_FORMS ? 0 : count), 0);
  const bits = Math.min(20, Math.max(12, Math.ceil(Math.log2(total * 32))));
  const shift = 32 - bits;
  const none = new Uint32Array(0);
  const isHashed = (at: number): boolean => (forms[at] ?? 0) <= MOST_FORMS;
  const hashes = windows.map((window, at) => (isHashed(at) ? hashesOf(window, shift) : none));
  const pairs = windows.map((window, at) => (isHashed(at) ? none : pairsOf(window)));
  const lists = createLists();
  const hashed = putIndex(shelf, indexOf(2 ** bits, hashes, lists));
  const paired = pairs.some((keys) => keys.length > 0) ? putIndex(shelf, indexOf(65536, pairs, lists)) : 0;
  return { shift, hashed, paired, lists: shelf.put(raw(lists.ids())) };
};

/** Lays out all the kernel needs to know of the anchors. */
export const layImage = (anchors: readonly Anchor[], seating: Seating, triggers: boolean): Image => {
  const shelf = createShelf(layout.FREE);
  const sets = createSets();
  const { records, checks, classes } = recordsOf(anchors, seating, sets);
  const { shift, hashed, paired, lists } = putWindows(shelf, anchors, seating);
  const reach = Math.max(WINDOW, ...seating.seats.map(({ offset }) => offset + WINDOW - 1));
  const spare = anchors.length + TRIGGERS_OF_BLOCK;
  const room = HITS + (reach + 65) * anchors.length + spare;
  const hits = { at: shelf.keep(4 * room), what: shelf.keep(4 * room), room };
  const tables = new Uint8Array(256 * sets.all.length);
  sets.all.forEach((set, at) => {
    tables.set(set, 256 * at);
  });
  const head = new Uint32Array(32);
  const tell = (where: number, value: number): void => {
    head[where / 4] = value;
  };
  tell(layout.POSITIONS, seating.positions);
  tell(layout.PASSES, seating.passes);
  tell(layout.SHIFT, shift);
  tell(layout.HASHES, hashed);
  tell(layout.PAIRS, paired);
  tell(layout.LISTS, lists);
  tell(layout.CLASSES, shelf.put(raw(classes)));
  tell(layout.ANCHORS, shelf.put(records));
  tell(layout.CHECKS, shelf.put(raw(checks)));
  tell(layout.CHECK_COUNT, checks.length / (layout.CHECK_SIZE / 4));
  tell(layout.SETS, shelf.put(tables));
  tell(layout.HITS_AT, hits.at);
  tell(layout.HITS_WHAT, hits.what);
  tell(layout.FULL, room - spare);
  tell(layout.REACH, reach);
  tell(layout.TRIGGERS, triggers ? 1 : 0);
  tell(layout.GATE, triggers ? shelf.put(gateOf()) : 0);
  shelf.pieces.push({ at: 0, bytes: raw(head) });
  shelf.pieces.push({ at: layout.NIBBLES, bytes: nibbleTables(anchors, seating, triggers) });
  shelf.pieces.push({ at: layout.SIGNS, bytes: signs }, { at: layout.SEXTETS, bytes: sextets });
  leadTables.forEach((bytes, at) => {
    shelf.pieces.push({ at: layout.BEFORE_LEAD + 256 * at, bytes });
  });
  shelf.pieces.push({ at: layout.QUAD_NIBBLES, bytes: quadNibbles });
  shelf.pieces.push({ at: layout.NAMES, bytes: Buffer.from(names.join(''), 'latin1') });
  return { pieces: shelf.pieces, hits, end: shelf.end() };
};

import { hash } from 'node:crypto';
import type { Anchor, ByteSet } from '../pattern/anchor.ts';

/** What compiling a pattern gives, but for the pattern itself. */
export interface Compiled {
  readonly lead: number;
  readonly lines: boolean;
  readonly anchors: readonly Omit<Anchor, 'rule'>[];
}

/** Numbers and sets' places, as they are stored. Infinity is -1. */
type StoredCheck = readonly [set: number, count: number, before: 0 | 1, least: number, most: number];
type StoredAnchor = readonly [
  sets: readonly number[],
  edge: 0 | 1,
  ranges: readonly number[],
  checks: readonly StoredCheck[],
];
type Stored = readonly [lead: number, lines: 0 | 1, anchors: readonly StoredAnchor[]];

/** Compiled patterns as they are shipped: each set once, as 64 hexadecimal digits. */
export interface Store {
  readonly sets: readonly string[];
  readonly patterns: Readonly<Record<string, Stored>>;
}

/** By this a pattern's compiled form is known. */
const keyOf = ({ source, flags }: RegExp): string => hash('sha1', `${flags} ${source}`, 'base64url').slice(0, 10);

const stored = (number: number): number => (number === Number.POSITIVE_INFINITY ? -1 : number);
const loaded = (number = 0): number => (number === -1 ? Number.POSITIVE_INFINITY : number);

const digitsOf = (set: ByteSet): string => {
  const bits = Buffer.alloc(32);
  for (let byte = 0; byte < 256; byte += 1) if (set[byte]) bits[byte >> 3] = (bits[byte >> 3] ?? 0) | (1 << (byte & 7));
  return bits.toString('hex');
};
const setOf = (digits: string): ByteSet => {
  const bits = Buffer.from(digits, 'hex');
  const set = new Uint8Array(256);
  for (let byte = 0; byte < 256; byte += 1) set[byte] = ((bits[byte >> 3] ?? 0) >> (byte & 7)) & 1;
  return set;
};

/** Stores compiled patterns. */
export const encode = (patterns: readonly (readonly [RegExp, Compiled])[]): Store => {
  const places = new Map<string, number>();
  const placeOf = (set: ByteSet): number => {
    const digits = digitsOf(set);
    const place = places.get(digits) ?? places.size;
    places.set(digits, place);
    return place;
  };
  const anchor = ({ sets, edge, before, after, checks }: Omit<Anchor, 'rule'>): StoredAnchor => [
    sets.map(placeOf),
    edge ? 1 : 0,
    [before.least, before.most, after.least, after.most].map(stored),
    checks.map(({ set, count, side, distance: { least, most } }) => [
      ...([placeOf(set), count, side === 'before' ? 1 : 0, least, most] as const),
    ]),
  ];
  const kept = patterns.map(([pattern, { lead, lines, anchors }]): [string, Stored] => [
    keyOf(pattern),
    [lead, lines ? 1 : 0, anchors.map(anchor)],
  ]);
  return { patterns: Object.fromEntries(kept), sets: [...places.keys()] };
};

/** Finds compiled patterns in a store. */
export const createFinder = ({ sets, patterns }: Store) => {
  const known = new Map<number, ByteSet>();
  const setAt = (place: number): ByteSet => {
    const set = known.get(place) ?? setOf(sets[place] ?? '');
    known.set(place, set);
    return set;
  };
  const anchor = ([places, edge, ranges, checks]: StoredAnchor): Omit<Anchor, 'rule'> => ({
    sets: places.map(setAt),
    edge: edge === 1,
    before: { least: loaded(ranges[0]), most: loaded(ranges[1]) },
    after: { least: loaded(ranges[2]), most: loaded(ranges[3]) },
    checks: checks.map(([set, count, before, least, most]) => ({
      ...{ set: setAt(set), count, distance: { least, most } },
      side: before === 1 ? 'before' : 'after',
    })),
  });
  return (pattern: RegExp): Compiled | undefined => {
    const found = patterns[keyOf(pattern)];
    return found && { lead: found[0], lines: found[1] === 1, anchors: found[2].map(anchor) };
  };
};

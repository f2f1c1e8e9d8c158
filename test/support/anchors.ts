import fc from 'fast-check';
import type { KernelOptions } from '../../src/scan/kernel/create-kernel.ts';
import { createKernel } from '../../src/scan/kernel/create-kernel.ts';
import type { Kernel } from '../../src/scan/kernel/kernel.ts';
import { LEADS } from '../../src/scan/kernel/layout.ts';
import type { Seating } from '../../src/scan/kernel/seat.ts';
import { offsetsOf } from '../../src/scan/kernel/sets.ts';
import type { Anchor, ByteSet, Check } from '../../src/scan/pattern/anchor.ts';

/** The set of these bytes. */
export const setOf = (bytes: string): ByteSet => {
  const set = new Uint8Array(256);
  for (const byte of Buffer.from(bytes, 'latin1')) set[byte] = 1;
  return set;
};

/** An anchor that is this text. */
export const anchor = (text: string, more: Partial<Anchor> = {}): Anchor => ({
  rule: 0,
  sets: [...text].map(setOf),
  before: { least: 0, most: 0 },
  after: { least: 0, most: 0 },
  edge: false,
  checks: [],
  ...more,
});

const letters = fc.constantFrom(...'abcdk_-=0123456789ABCDK').map(setOf);
const bothCases = fc.constantFrom(...'abcdk').map((letter) => setOf(letter + letter.toUpperCase()));
const classes = fc.constantFrom(
  setOf('0123456789abcdef'),
  setOf('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_'),
  setOf(' \t\r\n='),
  new Uint8Array(256).fill(1),
);
const some = fc
  .uniqueArray(fc.integer({ min: 0, max: 255 }), { minLength: 1, maxLength: 9 })
  .map((bytes) => setOf(String.fromCharCode(...bytes)));
const sets = fc.oneof({ weight: 8, arbitrary: letters }, { weight: 3, arbitrary: bothCases }, classes, some);

const checks = (side: Check['side']): fc.Arbitrary<Check> =>
  fc
    .record({ set: fc.oneof(classes, sets), count: fc.integer({ min: 1, max: 12 }), least: fc.nat(5), more: fc.nat(9) })
    .map(({ set, count, least, more }) => ({ set, count, side, distance: { least, most: least + more } }));

/** Anchors as patterns may have them, and stranger. */
export const anchors: fc.Arbitrary<Anchor> = fc
  .record({
    sets: fc.array(sets, { minLength: 2, maxLength: 20 }),
    edge: fc.boolean(),
    checks: fc.oneof(
      { weight: 2, arbitrary: fc.constant([]) },
      fc.tuple(checks('after')),
      fc.tuple(checks('before'), checks('after'), checks('after')),
    ),
  })
  .map((parts) => anchor('', parts));

/** Text in which these anchors stand, whole and nearly, between other text. */
export const textWith = (standing: readonly Anchor[], others: fc.Arbitrary<string>): fc.Arbitrary<string> => {
  const piece = fc.tuple(fc.constantFrom(...standing), fc.nat(99), fc.nat(40)).map(([one, pick, cut]) =>
    one.sets
      .map((set) => {
        const bytes = [...set.keys()].filter((byte) => set[byte] === 1);
        return String.fromCharCode(bytes[pick % bytes.length] ?? 0);
      })
      .join('')
      .slice(0, cut < 20 ? undefined : cut - 20),
  );
  return fc.array(fc.oneof(piece, piece, others), { minLength: 1, maxLength: 40 }).map((parts) => parts.join(''));
};

/** Any seats: what is found must not depend on them. */
export const seatings = (seated: readonly Anchor[]): fc.Arbitrary<Seating> =>
  fc.record({ positions: fc.constantFrom(3, 4), passes: fc.constantFrom(1, 2) }).chain(({ positions, passes }) =>
    fc
      .tuple(
        ...seated.map((one) =>
          fc.record({
            offset: fc.constantFrom(...offsetsOf(one.sets)),
            bucket: fc.nat(passes * 8 - LEADS - 1),
          }),
        ),
      )
      .map((seats) => ({ positions, passes, seats })),
  );

export const WINDOW_BYTES = 20_000;

/** The kernel in both kinds of SIMD, then its plain twin. */
export const twins = (options: Partial<KernelOptions> & Pick<KernelOptions, 'anchors'>): readonly Kernel[] =>
  (['relaxed', 'plain', 'none'] as const).map((simd) =>
    createKernel({ windows: 2, windowBytes: WINDOW_BYTES, triggers: false, ...options, simd }),
  );

/** Puts a text into the second window as a flow's piece is put there; returns where it ends. */
export const fill = (kernel: Kernel, text: string, at = 0): number => {
  const bytes = kernel.windows[1];
  if (bytes === undefined) throw new Error('no such window');
  bytes.fill(0);
  bytes.write(text, at, 'latin1');
  return at + text.length;
};

/** All hits of a part of that window, as `what@at`, sorted: called again from where it came to, until it is through. */
export const hitsOf = (kernel: Kernel, [from, to]: readonly [number, number]): readonly string[] => {
  const found: (readonly [number, number])[] = [];
  for (let next = from; next < to; ) {
    const { count, at, what, done } = kernel.look(1, next, to);
    if (done <= next) throw new Error('it does not get on');
    for (let hit = 0; hit < count; hit += 1) found.push([what[hit] ?? -1, at[hit] ?? -1]);
    next = done;
  }
  return found.sort(([a, b], [c, d]) => a - c || b - d).map(([what, at]) => `${what}@${at}`);
};

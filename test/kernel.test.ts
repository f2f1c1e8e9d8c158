import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createKernel, type KernelOptions } from '../src/scan/kernel/create-kernel.ts';
import type { Anchor, Check } from '../src/scan/pattern/anchor.ts';
import { anchorArb, fill, hitsOf, setOf, textFor } from './support/anchors.ts';

const WINDOW_BYTES = 20_000;
const twins = (anchors: readonly Anchor[], more: Partial<KernelOptions> = {}) =>
  (['relaxed', 'plain', 'none'] as const).map((simd) => ({
    simd,
    kernel: createKernel({ anchors, windows: 2, windowBytes: WINDOW_BYTES, triggers: false, ...more, simd }),
  }));

const runs = (
  text: string,
  { set, count, side, distance }: Check,
  [start, end]: readonly [number, number],
): boolean => {
  for (let gap = distance.least; gap <= distance.most; gap += 1) {
    const first = side === 'after' ? end + gap : start - gap - count;
    const run = Array.from({ length: count }, (_, at) => first + at);
    if (run.every((at) => at >= text.length || set[text.charCodeAt(at)] === 1 || (at < 0 && set[0] === 1))) return true;
  }
  return false;
};

/** What the contract says, word by word. */
const expected = (anchors: readonly Anchor[], text: string): readonly string[] =>
  anchors.flatMap((each, id) =>
    [...text].flatMap((_, start) => {
      const end = start + each.sets.length;
      const back = text.slice(Math.max(0, start - 6), start).padStart(6, '\0');
      const edge = /\W$|\\.$|[%=]..$|\\...$|\\.....$|[0-9;[]m$/s.test(back);
      return end <= text.length &&
        each.sets.every((set, at) => set[text.charCodeAt(start + at)] === 1) &&
        (!each.edge || edge) &&
        each.checks.every((check) => runs(text, check, [start, end]))
        ? [`${id}@${start}`]
        : [];
    }),
  );

describe('anchors', () => {
  const cases = fc
    .array(anchorArb, { minLength: 1, maxLength: 60 })
    .chain((anchors) =>
      fc.record({ anchors: fc.constant(anchors), text: textFor(anchors, fc.string({ unit: 'binary-ascii' })) }),
    );

  test('are found where they stand, and nowhere else', () => {
    fc.assert(
      fc.property(cases, ({ anchors, text }) => {
        for (const { kernel } of twins(anchors)) {
          const to = fill(kernel, text);
          expect(hitsOf(kernel, [0, to])).toEqual(expected(anchors, text));
        }
      }),
      { numRuns: 100 },
    );
  });
});

/** Pieces of text in which something could be encoded, whole and nearly. */
const hiding = fc.oneof(
  fc.string({
    unit: fc.constantFrom(...'ab%2F5f7&#;=\\"\'+. \nuxN0{[m/_-<|\r\t\x1b\0\xc2\xad\xe2\x80\x8b\xef\xbb\xbf'),
  }),
  fc.string({ unit: 'grapheme-ascii', minLength: 12 }).map((text) => Buffer.from(text).toString('base64')),
  fc.string({ unit: 'grapheme-ascii', minLength: 12 }).map((text) => Buffer.from(text).toString('hex')),
  fc.string({ unit: 'grapheme-ascii', minLength: 6 }).map((text) => Buffer.from(text, 'utf16le').toString('latin1')),
  fc.constantFrom(
    ...['a%5fb', 'a\\u005fb', 'a\\137b', 'a\\/b', '&lowbar;', '&#95;', '&amp;#95;', 'a=5Fb', 'a=\r\nb', 'a\x1b[31mb'],
    ...['a\xe2\x80\x8bb', 'a\xc2\xadb', 'a" +\n+  "b', 'a\\" + \\"b', "a''b", 'a".concat("b', 'a" f"b', 'a" "b'],
  ),
);

describe('twins', () => {
  const cases = fc.array(anchorArb, { minLength: 1, maxLength: 30 }).chain((anchors) =>
    fc.record({
      anchors: fc.constant(anchors),
      text: textFor(anchors, hiding),
      shift: fc.integer({ min: 0, max: 5000 }),
      cut: fc.tuple(fc.nat(300), fc.nat(300)),
    }),
  );

  test('give the same hits of the same bytes, wherever they stand', () => {
    fc.assert(
      fc.property(cases, ({ anchors, text, shift, cut: [first, last] }) => {
        const found = twins(anchors, { triggers: true }).map(({ kernel }) => {
          const to = fill(kernel, text, shift);
          return hitsOf(kernel, [Math.min(shift + first, to), Math.max(shift, to - last)]);
        });
        expect(found[0]).toEqual(found[2]);
        expect(found[1]).toEqual(found[2]);
      }),
      { numRuns: 300 },
    );
  });
});

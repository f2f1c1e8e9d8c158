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

const anchor = (text: string, more: Partial<Anchor> = {}): Anchor => ({
  rule: 0,
  sets: [...text].map(setOf),
  before: { least: 0, most: 0 },
  after: { least: 0, most: 0 },
  edge: false,
  checks: [],
  ...more,
});

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

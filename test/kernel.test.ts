import { readdirSync, statSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createKernel } from '../src/scan/kernel/create-kernel.ts';
import type { Anchor, Check } from '../src/scan/pattern/anchor.ts';
import { anchor, anchors, fill, hitsOf, seatings, setOf, textWith, twins, WINDOW_BYTES } from './support/anchors.ts';

const root = new URL('../src/scan/kernel/', import.meta.url);

test('the kernel that is tested is the one whose sources stand here: else `npm run build`', () => {
  const changed = ['assembly/', '']
    .flatMap((folder) => readdirSync(new URL(folder, root)).map((name) => new URL(folder + name, root)))
    .filter(({ pathname }) => /assembly\/[^/]*\.ts$|layout\.ts$/.test(pathname))
    .map((file) => statSync(file).mtimeMs);
  for (const name of ['plain', 'relaxed']) {
    expect(statSync(new URL(`kernel-${name}.wasm`, root)).mtimeMs).toBeGreaterThanOrEqual(Math.max(...changed));
  }
});

const runs = (
  text: string,
  { set, count, side, distance }: Check,
  [start, end]: readonly [number, number],
): boolean => {
  for (let gap = distance.least; gap <= distance.most; gap += 1) {
    const first = side === 'after' ? end + gap : start - gap - count;
    const run = Array.from({ length: count }, (_, at) => first + at);
    if (run.every((at) => at >= text.length || set[at < 0 ? 0 : text.charCodeAt(at)] === 1)) return true;
  }
  return false;
};

/** What the contract says, word by word. */
const expected = (sought: readonly Anchor[], text: string): readonly string[] =>
  sought.flatMap((each, id) =>
    [...text].flatMap((_, start) => {
      const end = start + each.sets.length;
      const back = text.slice(Math.max(0, start - 40), start).padStart(40, '\0');
      const edge = /\W$|[\\^].$|[%=]..$|[\\#]...$|\\.....$|\[[ -?]{0,38}\D$/s.test(back);
      return end <= text.length &&
        each.sets.every((set, at) => set[text.charCodeAt(start + at)] === 1) &&
        (!each.edge || edge) &&
        each.checks.every((check) => runs(text, check, [start, end]))
        ? [`${id}@${start}`]
        : [];
    }),
  );

describe('anchors', () => {
  const cases = fc.array(anchors, { minLength: 1, maxLength: 60 }).chain((sought) =>
    fc.record({
      sought: fc.constant(sought),
      text: textWith(sought, fc.string({ unit: 'binary-ascii' })),
      seating: seatings(sought),
    }),
  );

  test('are found where they stand, and nowhere else, on whatever seats', () => {
    fc.assert(
      fc.property(cases, ({ sought, text, seating }) => {
        for (const kernel of twins({ anchors: sought, seating })) {
          expect(hitsOf(kernel, [0, fill(kernel, text)])).toEqual(expected(sought, text));
        }
      }),
      { numRuns: 60 },
    );
  });

  test('are found on the seats that they are given', () => {
    fc.assert(
      fc.property(cases, ({ sought, text }) => {
        for (const kernel of twins({ anchors: sought })) {
          expect(hitsOf(kernel, [0, fill(kernel, text)])).toEqual(expected(sought, text));
        }
      }),
      { numRuns: 10 },
    );
  });

  test('a text alone is the same text between others', () => {
    const sought = [anchor('key_'), anchor('ab'), anchor('abc', { edge: true })];
    for (const kernel of twins({ anchors: sought })) {
      for (let at = 0; at < 300; at += 7) {
        fill(kernel, '-key_abc', at + 4000);
        expect(hitsOf(kernel, [4000, 4400])).toEqual([`0@${at + 4001}`, `1@${at + 4005}`]);
      }
    }
  });

  const escapes = ['\\n', '%3D', '=3D', '\\x3d', '\\u003d', '\x1b[31m', '\x1b[m', '\x1b[0;1m', ' ', '"', ''];
  const sequences = ['\x1b[K', '\x1b[?25h', '\x1b[38:2::1:2:3m', `^[[${'1;'.repeat(18)}m`, '#033[1G', '#011', '^I'];
  const words = ['a', '_', '9', 'm', 'xm', 'task', 'abcdefg', '1K', `[${'1;'.repeat(40)}m`, '[aK', '[9', '#1', 'a^bc'];
  test.each([
    ...[...escapes, ...sequences].map((text) => [text, true] as const),
    ...words.map((text) => [text, false] as const),
  ])('after %j an anchor with an edge may begin: %j', (before, may) => {
    for (const kernel of twins({ anchors: [anchor('sk_', { edge: true })] })) {
      const to = fill(kernel, `   .......${before}sk_live`);
      expect(hitsOf(kernel, [0, to])).toHaveLength(may ? 1 : 0);
    }
  });

  test('that begin before a part or end after it are not in it', () => {
    for (const kernel of twins({ anchors: [anchor('key_')] })) {
      fill(kernel, 'key_key_key_');
      expect(hitsOf(kernel, [1, 11])).toEqual(['0@4']);
      expect(hitsOf(kernel, [4, 8])).toEqual(['0@4']);
      expect(hitsOf(kernel, [5, 8])).toEqual([]);
    }
  });

  test('to a check, what comes after the bytes is of any set', () => {
    const digits = { set: setOf('0123456789'), count: 5, side: 'after', distance: { least: 1, most: 2 } } as const;
    const all = ['id', 'id=', 'id=123', 'id==12345', 'id=12', 'id==', 'id=1x1', 'id=1234'].map((text) =>
      twins({ anchors: [anchor('id', { checks: [digits] })] }).map(
        (kernel) => hitsOf(kernel, [0, fill(kernel, text)]).length,
      ),
    );
    expect(all).toEqual([1, 1, 1, 1, 1, 1, 0, 1].map((count) => [count, count, count]));
  });
});

describe('a flood', () => {
  const text = 'abab'.repeat(WINDOW_BYTES / 4);

  test('of more hits than there is room for is told of in parts', () => {
    const sought = Array.from({ length: 40 }, () => anchor('abab'));
    const [one, two, plain] = twins({ anchors: sought });
    for (const kernel of [one, two, plain]) {
      if (kernel === undefined) throw new Error('no kernel');
      const to = fill(kernel, text);
      const found = hitsOf(kernel, [0, to]);
      expect(found).toHaveLength(40 * (to / 2 - 1));
      expect(new Set(found).size).toBe(found.length);
      if (kernel.simd) expect(kernel.look(1, 0, to).done).toBeLessThan(to);
    }
  });

  test('takes no longer for its checks', () => {
    const far = { set: setOf('ab'), count: 250, side: 'after', distance: { least: 0, most: 120 } } as const;
    const never = { set: setOf('c'), count: 2, side: 'before', distance: { least: 0, most: 120 } } as const;
    const bytes = 4 * WINDOW_BYTES;
    const took = [[], [far], [far, never]].map((checks) => {
      const kernel = createKernel({ anchors: [anchor('ab', { checks })], windows: 2, windowBytes: bytes });
      const to = fill(kernel, 'ab'.repeat(bytes / 2));
      const times = Array.from({ length: 9 }, () => {
        const began = performance.now();
        hitsOf(kernel, [0, to]);
        return performance.now() - began;
      });
      return Math.min(...times);
    });
    // 370 bytes around each would be a hundred times as long
    expect(Math.max(...took)).toBeLessThan(10 * Math.min(...took) + 10);
  });
});

test('four thousand anchors of a thousand sets are found', () => {
  const sought = Array.from({ length: 4000 }, (_, number) =>
    anchor(`k${number}-`, {
      sets: [...`k${number}-`].map((letter, at) =>
        setOf(at === 1 ? `${letter}${String.fromCharCode(128 + (number % 120))}` : letter),
      ),
    }),
  );
  const numbers = [0, 7, 77, 777, 3999];
  for (const kernel of twins({ anchors: sought })) {
    const to = fill(kernel, numbers.map((number) => `k${number}- `).join(''));
    expect(hitsOf(kernel, [0, to]).map((hit) => Number(hit.split('@')[0]))).toEqual(numbers);
  }
});

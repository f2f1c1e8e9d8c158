import { describe, expect, test } from '@jest/globals';
import { detectorSettings, detectors } from '../detectors/index.ts';
import { compile } from '../src/scan/compile.ts';
import { createFinder, encode } from '../src/scan/compiled/codec.ts';
import { shipped } from '../src/scan/compiled/shipped.ts';
import { createKnown } from '../src/scan/kernel/seating.ts';
import { createStatistics } from '../src/scan/pattern/statistics.ts';
import { ruleOf } from '../src/scan/rule.ts';
import { wakerAnchors } from '../src/scan/wakers.ts';

const registry = detectors(detectorSettings.parse({}));
const statistics = createStatistics();
const fresh = registry.map((detector) => [detector.pattern, compile(ruleOf(detector), statistics)] as const);

describe('patterns that are compiled beforehand', () => {
  test('are those of the registry: npm run compile writes them', () => {
    expect(shipped).toEqual(encode(fresh));
  });

  test('have seats in the kernel: npm run anneal finds them', () => {
    const seatOf = createKnown();
    const anchors = [...fresh.flatMap(([, compiled]) => compiled.anchors), ...wakerAnchors];
    expect(anchors.filter(({ sets }) => seatOf(sets) === undefined).length).toBe(0);
  });

  test('come out of the store as they went in', () => {
    const find = createFinder(encode(fresh));
    const found = fresh.map(([pattern]) => [pattern, find(pattern) ?? { lead: 0, lines: false, anchors: [] }] as const);
    expect(encode(found)).toEqual(encode(fresh));
    expect(find(/never compiled/)).toBeUndefined();
  });
});

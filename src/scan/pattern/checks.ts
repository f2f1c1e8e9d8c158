import type { ByteSet, Check, Range } from './anchor.ts';
import { union } from './byte-set.ts';
import { type Side, stretchesOf } from './neighbours.ts';
import type { Statistics } from './statistics.ts';
import { nowhere, plus } from './width.ts';

/** As the contract has it. */
const FURTHEST = 120;
const MOST_COUNT = 250;
/** Stretches that are looked at, and how many of them may be one run. */
const STRETCHES = 12;
const JOINED = 4;
/** What lets more through than this is not worth its time. */
const WORTH = 0.7;
/** So many places more cost as much as the first. */
const NEAR = 8;

/** A run of one set, so far from an anchor. */
interface Run {
  readonly set: ByteSet;
  readonly count: number;
  readonly distance: Range;
}

/** What to find checks in: one side of an anchor whose nearest bytes stand in the anchor. */
export interface Ask {
  readonly side: Side;
  readonly taken: number;
  readonly most: number;
}

/** The runs beside an anchor that let the least through. */
export const checksOf = ({ side, taken, most }: Ask, statistics: Statistics): readonly Check[] => {
  const runs = runsOf(side)
    .map((run) => beyond(run, taken))
    .filter(({ count, distance }) => count > 0 && distance.most <= FURTHEST)
    .map((run) => ({ run, share: shareOf(run, statistics) }))
    .filter(({ share }) => share < WORTH)
    .sort((a, b) => a.share * priceOf(a.run) - b.share * priceOf(b.run));
  const chosen: Run[] = [];
  for (const { run } of runs) {
    if (chosen.length < most && !chosen.some((other) => overlaps(run, other))) chosen.push(run);
  }
  // The nearest is tried first.
  chosen.sort((a, b) => a.distance.least - b.distance.least);
  return chosen.map((run) => ({ ...run, side: side.backwards ? 'before' : 'after' }));
};

/** All runs: every stretch, alone and with those behind it. */
const runsOf = (side: Side): readonly Run[] => {
  const stretches = stretchesOf(side, STRETCHES);
  const runs: Run[] = [];
  let distance = nowhere;
  for (const [at, first] of stretches.entries()) {
    if (distance.most > FURTHEST + MOST_COUNT) break;
    let { set, least: count } = first;
    runs.push({ set, count, distance });
    for (const next of stretches.slice(at + 1, at + JOINED)) {
      set = union([set, next.set]);
      count += next.least;
      runs.push({ set, count, distance });
    }
    distance = plus(distance, first);
  }
  return runs;
};

/** The run without what stands in the anchor. */
const beyond = ({ set, count, distance: { least, most } }: Run, taken: number): Run => ({
  set,
  count: Math.min(MOST_COUNT, count - Math.max(0, taken - least)),
  distance: { least: Math.max(0, least - taken), most: Math.max(0, most - taken) },
});

/** Share of texts that have such a run at one of its places. Runs come together: most begin where another does. */
const shareOf = ({ set, count, distance }: Run, statistics: Statistics): number => {
  const again = statistics.shareAfter(set, set);
  const places = distance.most - distance.least;
  return Math.min(1, statistics.shareOf(set) * again ** (count - 1) * (1 + places * (1 - again)));
};

/** Of two that let as much through, the one with fewer places to try. */
const priceOf = ({ distance }: Run): number => 1 + (distance.most - distance.least) / NEAR;

/** May the two be the same bytes? */
const overlaps = (a: Run, b: Run): boolean =>
  a.distance.least < b.distance.least + b.count && b.distance.least < a.distance.least + a.count;

import type { ByteSet, Check, Range } from './anchor.ts';
import { sizeOf, union } from './byte-set.ts';
import type { Side } from './neighbours.ts';
import type { Statistics } from './statistics.ts';
import { stretchesOf } from './stretches.ts';
import { nowhere, plus } from './width.ts';

/** As the contract has it. */
const FURTHEST = 120;
const MOST_COUNT = 250;
/** Most bytes of a side that may stand in the anchor. */
const TAKEN = 20;
/** Stretches that may be one run. */
const JOINED = 5;
/** Bytes that their set may have: with blanks and signs in it, it would let prose through. */
const MOST_JOINED = 70;
/** What stands at a fixed place and lets so little through needs no other beside it. */
const ENOUGH = 0.01;
const FAIR = 0.2;
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

/** A run that is worth its time, and the share of texts that have it. */
interface Judged {
  readonly run: Run;
  readonly share: number;
}

/** The runs beside an anchor that let the least through. */
export const checksOf = ({ side, taken, most }: Ask, statistics: Statistics): readonly Check[] => {
  const found: Judged[] = [];
  const judge = (run: Run): boolean => {
    const rest = beyond(run, taken);
    if (rest.count < 1 || rest.distance.most > FURTHEST) return false;
    const share = shareOf(rest, statistics);
    if (share < WORTH) found.push({ run: rest, share });
    return share < ENOUGH && rest.distance.least === rest.distance.most;
  };
  // What is joined is looked at only when nothing alone will do.
  if (!isOneEnough(runsOf(side), judge) && found.every(({ share }) => share > FAIR))
    isOneEnough(joinedRuns(side), judge);
  return chosenOf(found, most).map((run) => ({ ...run, side: side.backwards ? 'before' : 'after' }));
};

const isOneEnough = (runs: Iterable<Run>, judge: (run: Run) => boolean): boolean => {
  for (const run of runs) if (judge(run)) return true;
  return false;
};

const chosenOf = (found: readonly Judged[], most: number): readonly Run[] => {
  const chosen: Run[] = [];
  for (const { run } of found.toSorted((a, b) => a.share * priceOf(a.run) - b.share * priceOf(b.run))) {
    if (chosen.length < most && !chosen.some((other) => overlaps(run, other))) chosen.push(run);
  }
  // The nearest is tried first.
  return chosen.sort((a, b) => a.distance.least - b.distance.least);
};

/** Every stretch as a run, one when it is asked for. */
const runsOf = function* (side: Side): Generator<Run> {
  let distance = nowhere;
  for (const stretch of stretchesOf(side)) {
    if (distance.most > FURTHEST + TAKEN) return;
    yield { set: stretch.set, count: stretch.least, distance };
    distance = plus(distance, stretch);
  }
};

/** Several stretches as a run: classes with the words between them, as of a UUID. */
const joinedRuns = function* (side: Side): Generator<Run> {
  const runs = [...runsOf(side)];
  for (const [at, { distance }] of runs.entries()) {
    const joined = runs.slice(at, at + JOINED);
    if (joined.length < 2) return;
    // What may be missing would only widen the set.
    if (joined.some(({ count }) => count === 0)) continue;
    const set = union(joined.map((run) => run.set));
    if (sizeOf(set) > MOST_JOINED) continue;
    yield {
      set,
      count: joined.reduce((sum, { count }) => sum + count, 0),
      distance,
    };
  }
};

/** The run without what stands in the anchor. */
const beyond = ({ set, count, distance: { least, most } }: Run, taken: number): Run => ({
  set,
  count: Math.min(MOST_COUNT, count - Math.max(0, taken - least)),
  distance: { least: Math.max(0, least - taken), most: Math.max(0, most - taken) },
});

/** Share of texts that have such a run at one of its places. Runs come together: most begin where another does. */
const shareOf = ({ set, count, distance }: Run, statistics: Statistics): number => {
  const profile = statistics.profileOf(set);
  const again = statistics.shareAfter(profile, profile);
  const places = distance.most - distance.least;
  return Math.min(1, profile.share * again ** (count - 1) * (1 + places * (1 - again)));
};

/** Of two that let as much through, the one with fewer places to try. */
const priceOf = ({ distance }: Run): number => 1 + (distance.most - distance.least) / NEAR;

/** May the two be the same bytes? */
const overlaps = (a: Run, b: Run): boolean =>
  a.distance.least < b.distance.least + b.count && b.distance.least < a.distance.least + a.count;

import type { Ending } from './daemon-process.ts';
import type { Row } from './report.ts';
import { openStage, type Place } from './stage.ts';

export interface JudgeSize {
  readonly candidates: number;
  /** Of them, not counted: the process is cold. */
  readonly warm: number;
  readonly rounds: number;
  readonly concurrency: number;
}

const GOALS = { embedded: 2_000, kafka: 1_500 } as const;

/** Different dead candidates through judge per second, from a topic that was filled before. */
export const measureJudge = async (place: Place, issuerMs: number, size: JudgeSize): Promise<readonly Row[]> => {
  const played: Round[] = [];
  for (let round = 0; round < size.rounds; round += 1) played.push(await oneRound(place, issuerMs, size));
  const { topic } = place;
  const measure = `distinct dead candidates judged, ${size.concurrency} at once`;
  const goal = issuerMs === 0 ? { goal: { least: GOALS[topic] } } : {};
  const cost = '— CPU time of the daemon for each';
  return [
    { measure, topic, issuerMs, unit: '/s', rounds: played.map(({ perSecond }) => perSecond), ...goal },
    { measure: cost, topic, issuerMs, unit: 'µs', rounds: played.map(({ cpuUs }) => cpuUs) },
  ];
};

interface Round {
  readonly perSecond: number;
  /** CPU time per candidate, all threads of the daemon. */
  readonly cpuUs: number;
}

const oneRound = async (place: Place, issuerMs: number, size: JudgeSize): Promise<Round> => {
  const { candidates: count, warm, concurrency } = size;
  await using stage = await openStage(place, { concurrency, issuerMs });
  await stage.publish({ count, batch: 100, atOnce: 8, seed: crypto.randomUUID() });
  await stage.start();
  const endings = await stage.daemon.ask('endings', count, 120_000);
  check(endings, { ...(await stage.workos.stats()).calls }, await stage.daemon.ask('books'));
  const [first, last] = [endings[warm - 1], endings.at(-1)];
  if (!first || !last) throw new Error('judge: too few candidates');
  const counted = count - warm;
  return {
    perSecond: (counted * 1000) / (last.at - first.at),
    cpuUs: ((last.cpuMs - first.cpuMs) * 1000) / counted,
  };
};

/** Nothing was skipped: each was asked about once, each is dead, and the books balance. */
const check = (endings: readonly Ending[], calls: Record<string, number>, books: Readonly<Record<string, number>>) => {
  const dead = endings.filter(({ outcome }) => outcome === 'dead').length;
  const right = dead === endings.length && calls['validate'] === dead && books['dead'] === dead;
  if (!right || books['imbalance'] !== 0)
    throw new Error(`judge: ${JSON.stringify({ endings: endings.length, dead, calls, books })}`);
};

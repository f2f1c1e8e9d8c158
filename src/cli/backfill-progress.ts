import type { FetchProgress } from '../sources/git-remote.ts';
import type { Standing } from './backfill-standing.ts';
import type { Io } from './io.ts';
import { cells, createDrawing, timeOf } from './scan-progress.ts';

const PLAIN_EVERY_MS = 10_000;

interface Step {
  readonly standings: readonly Standing[];
  readonly fetching: ReadonlyMap<string, FetchProgress>;
  /** Keys found here; undefined where another process finds them. */
  readonly keys: number | undefined;
}

/** Says how far a backfill is: a bar on a terminal, a line now and then elsewhere. */
export const createBackfillProgress = (stderr: Io['stderr'], now: () => number) => {
  const isTerminal = 'isTTY' in stderr && stderr.isTTY === true;
  const width = 'columns' in stderr && typeof stderr.columns === 'number' ? stderr.columns : 120;
  const drawing = createDrawing((text) => void stderr.write(text), now);
  const began = now();
  let first: { readonly part: number; readonly commits: number } | undefined;
  let said = began;
  const lineOf = (step: Step, seconds: number): string => {
    const now = sumOf(step.standings);
    return line({ ...step, ...now, seconds, before: first ?? now });
  };
  return {
    clear: drawing.clear,
    draw(step: Step): void {
      first ??= sumOf(step.standings);
      if (isTerminal) drawing.draw((seconds) => lineOf(step, seconds).slice(0, width - 1));
      if (isTerminal || now() - said < PLAIN_EVERY_MS) return;
      said = now();
      stderr.write(`keyfuse: ${lineOf(step, (said - began) / 1_000)}\n`);
    },
  };
};

const sumOf = (standings: readonly Standing[]) => ({
  part: standings.reduce((sum, { part }) => sum + part, 0) / Math.max(1, standings.length),
  commits: standings.reduce((sum, { commits }) => sum + commits.done, 0),
});

interface Line extends Step {
  readonly part: number;
  readonly commits: number;
  readonly seconds: number;
  /** What was done before this run. */
  readonly before: { readonly part: number; readonly commits: number };
}

/** ` 42 % ██████░░░░ 3 of 12 repositories  12345 of 20000 commits (1200/s)  2 keys  1:20 left  acme/app: receiving 42 %` */
const line = ({ standings, fetching, keys, part, commits, seconds, before }: Line): string => {
  const total = standings.reduce((sum, one) => sum + one.commits.total, 0);
  const speed = seconds > 0 ? Math.round((commits - before.commits) / seconds) : 0;
  const gained = part - before.part;
  const ended = standings.filter(({ state }) => state !== 'waiting').length;
  return [
    `${String(Math.floor(part * 100)).padStart(3)} % ${cells(part)} ${ended} of ${standings.length} repositories`,
    ...(total > 0 ? [`${commits} of ${total} commits (${speed}/s)`] : []),
    ...(keys === undefined ? [] : [`${keys} ${keys === 1 ? 'key' : 'keys'}`]),
    ...(gained > 0 ? [`${timeOf(((1 - part) / gained) * seconds)} left`] : []),
    ...nowOf(standings, fetching),
  ].join('  ');
};

/** What is under way. */
const nowOf = (standings: readonly Standing[], fetching: Step['fetching']): readonly string[] => {
  const waiting = standings.filter(({ state }) => state === 'waiting');
  const busy = waiting.find(({ repo }) => fetching.has(repo)) ?? waiting.find(({ commits }) => commits.total > 0);
  const one = busy ?? waiting[0];
  if (!one) return [];
  const fetch = fetching.get(one.repo);
  if (fetch) return [`${one.repo}: ${fetch.doing} ${fetch.percent} %`];
  return [
    one.again === undefined ? one.repo : `${one.repo}: again at ${new Date(one.again).toISOString().slice(11, 19)}`,
  ];
};

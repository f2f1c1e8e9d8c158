import type { BackfillOptions } from './backfill-options.ts';
import type { Standing } from './backfill-standing.ts';
import { type Exit, exits, type Io, say } from './io.ts';
import { timeOf } from './scan-progress.ts';

/** What a backfill came to. */
export interface BackfillEnd {
  readonly standings: readonly Standing[];
  /** Found in this process. */
  readonly keys: number;
  /** Things of which a part was not read in this process. */
  readonly unread: number;
  /** Repositories that were named and are not there. */
  readonly absent: number;
  readonly seconds: number;
  readonly stopped: boolean;
  /** Another process did it, or a part. */
  readonly byOthers: boolean;
  readonly isJudged: boolean | undefined;
}

interface Telling extends Pick<BackfillOptions, 'json'> {
  scrub(text: string): string;
}

/** Says it, names what stayed unscanned, and gives the exit code. */
export const tellEnd = (end: BackfillEnd, { json, scrub }: Telling, io: Io): Exit => {
  const { unread, absent, seconds, stopped } = end;
  const standings = end.standings.map((one) => ({ ...one, unscanned: one.unscanned.map(scrub) }));
  const keys = end.byOthers ? null : end.keys;
  const complete = standings.every(({ state }) => state === 'scanned') && unread === 0 && absent === 0;
  if (json) {
    const repositories = standings.map(({ repo, state, commits, unscanned }) => ({ repo, state, commits, unscanned }));
    say(io.stdout, JSON.stringify({ repositories, keys, unread, absent, seconds: round(seconds), complete }));
  } else tellPeople(end, io);
  for (const text of standings.flatMap(({ unscanned }) => unscanned)) say(io.stderr, `keyfuse: not scanned: ${text}`);
  if (stopped && !standings.every(({ state }) => state !== 'waiting'))
    say(io.stderr, 'keyfuse: stopped; the same command goes on where this ended, and so does the daemon');
  return complete ? exits.fine : exits.usage;
};

const tellPeople = ({ standings, keys, seconds, byOthers, isJudged }: BackfillEnd, { stdout }: Io): void => {
  const ended = standings.filter(({ state }) => state !== 'waiting').length;
  const commits = standings.reduce((sum, one) => sum + one.commits.done, 0);
  const all = plural(standings.length, 'repository');
  // Of what another process does little is known here.
  const read = commits > 0 ? [plural(commits, 'commit')] : [];
  const what = [ended === standings.length ? all : `${ended} of ${all}`, ...read].join(', ');
  say(stdout, `${what} in ${timeOf(seconds)}${byOthers ? '' : `: ${plural(keys, 'key')} found`}`);
  if (keys > 0 && isJudged === false)
    say(stdout, 'They wait on the topic: `keyfuse run` judges them, and deletes the live ones.');
};

const plural = (count: number, word: 'repository' | 'commit' | 'key'): string => {
  const many = word === 'repository' ? 'repositories' : `${word}s`;
  return `${count} ${count === 1 ? word : many}`;
};

const round = (seconds: number): number => Math.round(seconds * 10) / 10;

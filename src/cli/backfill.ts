import { type Backfill, openBackfill } from '../app-backfill.ts';
import { loadSettings } from '../config-read.ts';
import type { Fact } from '../core/facts.ts';
import { publicText } from '../core/origin.ts';
import type { FetchProgress } from '../sources/git-remote.ts';
import { advice } from '../sources/github/doctor.ts';
import type { HistoryCursor } from '../sources/github/history-read.ts';
import { GithubRefusal } from '../sources/github/refusal.ts';
import { isRepoName } from '../sources/github/repo-name.ts';
import { createHands } from './backfill-hands.ts';
import type { BackfillOptions } from './backfill-options.ts';
import { createBackfillProgress } from './backfill-progress.ts';
import { findRepositories } from './backfill-repositories.ts';
import { createStandings, type Standing } from './backfill-standing.ts';
import { tellEnd } from './backfill-summary.ts';
import { warn } from './config.ts';
import { type Exit, exits, type Io, say } from './io.ts';

const LOOK_MS = 300;

/** Reads the whole past of repositories. Exit 2 when something of it stayed unscanned. */
export const backfill = async (named: readonly string[], options: BackfillOptions, io: Io): Promise<Exit> => {
  const wrong = named.find((one) => !isRepoName(one));
  if (wrong !== undefined) return misuse(`${publicText(wrong)} is no owner/name`, io);
  if (named.length === 0 && !options.all) return misuse('name repositories, owner/name, or give --all', io);
  const settings = await loadSettings({ env: io.env, file: options.config });
  await warn(settings, io);
  const opened = new AsyncDisposableStack();
  try {
    const hearing = createHearing(io);
    const { version } = options;
    const room = await openBackfill(settings, { env: io.env, version, watch: hearing.fact, hear: hearing.git }, opened);
    hearing.scrub = room.scrub;
    return await run({ named, options, room, hearing, io });
  } catch (error) {
    if (!(error instanceof GithubRefusal)) throw error;
    if (!io.stop.aborted) say(io.stderr, `keyfuse: ${error.message}: ${advice(error)}`);
    return exits.usage;
  } finally {
    await opened.disposeAsync();
  }
};

const misuse = (text: string, { stderr }: Io): Exit => {
  say(stderr, `keyfuse: ${text} (try 'keyfuse backfill --help')`);
  return exits.usage;
};

interface Run {
  readonly named: readonly string[];
  readonly options: BackfillOptions;
  readonly room: Backfill;
  readonly hearing: Hearing;
  readonly io: Io;
}

const run = async ({ named, options, room, hearing, io }: Run): Promise<Exit> => {
  const { clock, list } = room;
  const began = clock.monotonic();
  const { repositories, absent } = await findRepositories(named, { all: options.all === true, room, io });
  if (repositories.length === 0) return absent > 0 ? exits.usage : misuse('our credentials see no repository', io);
  await room.add(repositories);
  const standings = createStandings(list, repositories);
  hearing.read = standings.hear;
  tellBegun(standings.look(), io);
  const progress = createBackfillProgress(io.stderr, Date.now);
  hearing.before = progress.clear;
  const hands = createHands(room, (text) => hearing.say(`keyfuse: ${text}`));
  try {
    while (!io.stop.aborted && standings.look().some(({ state }) => state === 'waiting')) {
      await hands.look();
      const keys = hands.isOurs() ? hearing.keys.size : undefined;
      if (options.progress) progress.draw({ standings: standings.look(), fetching: hearing.fetching, keys });
      await clock.sleep(LOOK_MS, io.stop);
    }
  } finally {
    progress.clear();
    await hands.end();
  }
  const seconds = (clock.monotonic() - began) / 1_000;
  const end = { standings: standings.look(), keys: hearing.keys.size, unread: hearing.unread(), absent, seconds };
  const how = { stopped: io.stop.aborted, byOthers: hands.wereOthers(), isJudged: room.isJudged() };
  return tellEnd({ ...end, ...how }, { ...options, scrub: room.scrub }, io);
};

const tellBegun = (standings: readonly Standing[], { stderr }: Io): void => {
  for (const { repo, commits } of standings)
    if (commits.done > 0) say(stderr, `keyfuse: ${repo}: going on at commit ${commits.done} of ${commits.total}`);
};

/** What is heard from the work done here. */
interface Hearing {
  readonly keys: ReadonlySet<string>;
  readonly fetching: ReadonlyMap<string, FetchProgress>;
  /** What of the work done here could not be read. */
  unread(): number;
  fact(fact: Fact): void;
  git(repo: string, how: FetchProgress | HistoryCursor): void;
  say(text: string): void;
  read(repo: string, cursor: HistoryCursor): void;
  /** What is to be done before anything is said. */
  before(): void;
  /** A key may stand in what is said, such as a file's name. */
  scrub(text: string): string;
}

const createHearing = ({ stderr }: Io): Hearing => {
  const keys = new Set<string>();
  const fetching = new Map<string, FetchProgress>();
  let unread = 0;
  let last = '';
  const hearing: Hearing = {
    ...{ keys, fetching, read: () => undefined, before: () => undefined, unread: () => unread, scrub: (text) => text },
    fact(fact) {
      if (fact.type === 'candidate.found') keys.add(fact.fingerprint);
      if (fact.type === 'fault.raised') hearing.say(`keyfuse: ${fact.detail} (${fact.code})`);
      if (fact.type !== 'source.unscanned') return;
      unread += 1;
      hearing.say(`keyfuse: ${publicText(hearing.scrub(fact.locator))} was not read (${fact.detail ?? fact.reason})`);
    },
    git(repo, how) {
      if ('doing' in how) return void fetching.set(repo, how);
      fetching.delete(repo);
      hearing.read(repo, how);
    },
    say(text) {
      const line = hearing.scrub(text);
      // Each of those that are at work says what keeps it waiting.
      if (line === last) return;
      last = line;
      hearing.before();
      say(stderr, line);
    },
  };
  return hearing;
};

import { createHash } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import type { Environment } from '../git.ts';
import { type GitFailure, isGitFailure } from '../git-failure.ts';
import { createRemote, type FetchProgress, fetchProgressOf, type Remote } from '../git-remote.ts';
import { GivenUp } from '../waiting.ts';
import { fetchItem, revisionsOf } from './history-fetch.ts';
import { type HistoryItem, ONE, readHistoryItem, WHOLE } from './history-item.ts';
import { type HistoryCursor, pourHistory, readHistoryCursor } from './history-read.ts';
import { pourRefs } from './history-refs.ts';
import { GithubRefusal } from './refusal.ts';
import type { Work, WorkList } from './work-list.ts';
import type { ScanNeeds, ScanWork } from './worker.ts';

/** Where repositories are kept while they are read, and what git needs of our environment. */
export interface GitPlace {
  readonly dir: string;
  readonly env: Environment;
  /** The longest that git may compute on one commit (ms of a processor). */
  readonly cpuMs?: number;
  /** Hears how far a fetch is, then how far the reading. */
  readonly hear?: ((repo: string, how: FetchProgress | HistoryCursor) => void) | undefined;
}

export interface History {
  readonly scanHistory: ScanWork;
  readonly scanWiki: ScanWork;
  /** Removes the copies that no work of the list needs; for whoever has the turn. */
  removeLeft(list: Pick<WorkList, 'due'>): Promise<void>;
}

const Repository = z.object({ full_name: z.string(), has_wiki: z.boolean().nullish() });

/**
 * Commits by git, newest first (`item`: see history-item.ts). A copy is fetched, read and removed. When we are killed in the
 * middle it stays: its refs pin the order, so that so many commits can be skipped.
 */
export const createHistory = (place: GitPlace): History => ({
  removeLeft: (list) => removeLeft(place, list),
  async scanHistory(given, needs) {
    const path = `/repos/${given.repo}`;
    const { data: found } = Repository.safeParse(await needs.github.json({ path, stop: needs.stop }));
    if (!found) throw new GithubRefusal(200, 'an answer that is no repository');
    // It may have another name now: git follows no redirect.
    const reading = { work: given, repo: found.full_name, needs, place };
    const item = readHistoryItem(given.item);
    if (readHistoryCursor(given.cursor)?.of !== 'wiki') await scanCode(item, reading);
    if (!('whole' in item) || found.has_wiki === false) return undefined;
    // From here on the code is not read again.
    if (readHistoryCursor(given.cursor)?.of !== 'wiki') await needs.list.advance(given, 'wiki 0 0');
    const { authenticated } = needs.github;
    await scanWholeWiki(reading).catch((error: unknown) => {
      // One that was never written has no repository: strangers are told to sign in for it.
      const isNone =
        error instanceof GithubRefusal && (error.status === 404 || (error.status === 403 && !authenticated));
      if (!isNone) throw error;
    });
    return undefined;
  },
  /**
   * A wiki up to a revision (`item`: its id): the event names the last one of a push and holds no text. What was read up to
   * an earlier one is not read again. `only <id>`: that revision alone.
   */
  async scanWiki(work, needs) {
    const { repo, item } = work;
    const name = `wiki ${repo}`;
    const before = needs.cursors.get(name);
    const only = /^only (.+)$/.exec(item)?.[1];
    await withCopy('wiki', { work, repo, needs, place }, async (remote) => {
      await remote.fetch([only ?? item], only === undefined ? undefined : 2);
      if (only !== undefined) return [ONE, only];
      return before !== undefined && (await remote.has(before)) ? [item, '--not', before] : [item];
    });
    if (only === undefined) await needs.cursors.set(name, item);
    return undefined;
  },
});

interface Reading {
  readonly work: Work;
  /** As GitHub calls it now. */
  readonly repo: string;
  readonly needs: ScanNeeds;
  readonly place: GitPlace;
}

const scanCode = (item: HistoryItem, reading: Reading): Promise<void> =>
  withCopy('code', reading, async (remote) => (remote.isHere() ? revisionsOf(item) : fetchItem(item, remote)));

const scanWholeWiki = (reading: Reading): Promise<void> =>
  withCopy('wiki', reading, async (remote) => {
    if (!remote.isHere()) {
      await remote.fetch();
      await remote.settle();
    }
    return ['--all'];
  });

/** Of the folder of a copy: the same after a restart. */
const copyName = ({ repo, item }: Pick<Work, 'repo' | 'item'>, of: HistoryCursor['of']): string =>
  createHash('sha256').update(`${repo.toLowerCase()} ${of} ${item}`).digest('hex').slice(0, 24);

/** Removes the copies that nobody will come back to: their work was dropped, or has another name now. */
const removeLeft = async ({ dir }: GitPlace, list: Pick<WorkList, 'due'>): Promise<void> => {
  const names = await readdir(dir).catch(() => []);
  if (names.length === 0) return;
  const waiting = list.due(['history', 'wiki'], Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  const kept = new Set(waiting.flatMap((work) => [copyName(work, 'code'), copyName(work, 'wiki')]));
  for (const name of names) if (!kept.has(name)) await rm(join(dir, name), { recursive: true, force: true });
};

/** Fetches, reads, and removes the copy unless somebody will come back to it. What git says becomes a refusal. */
const withCopy = async (
  of: HistoryCursor['of'],
  { work, repo, needs, place }: Reading,
  fetch: (remote: Remote) => Promise<readonly string[]>,
): Promise<void> => {
  const { github, stop } = needs;
  const suffix = of === 'wiki' ? '.wiki' : '';
  const dir = join(place.dir, copyName(work, of));
  const url = `${github.web}/${repo}${suffix}.git`;
  const tell = (how: FetchProgress | HistoryCursor | undefined): void => {
    if (how) place.hear?.(work.repo, how);
  };
  const hear = (line: string): void => tell(fetchProgressOf(line));
  const remote = createRemote({ url, authorization: await github.gitHeader(repo), dir, env: place.env, stop, hear });
  try {
    // What was done of a copy that is gone was done in an order that nobody knows any more.
    const resumed = remote.isHere() ? work : { ...work, cursor: undefined };
    const revisions = await fetch(remote);
    const copy = { of, dir, env: place.env, revisions, cpuMs: place.cpuMs, hear: tell };
    await pourHistory(copy, resumed, needs);
    if (of === 'code' && work.item === WHOLE) await pourRefs(copy, work, needs);
    await remote.remove();
  } catch (error) {
    if (stop.aborted) throw new GivenUp();
    if (!isGitFailure(error) && !(error instanceof GithubRefusal)) throw error;
    await remote.remove();
    throw isGitFailure(error) ? refusalOf(error) : error;
  }
};

const refusalOf = ({ git, message }: GitFailure): GithubRefusal =>
  new GithubRefusal(statuses[git], message, { unreadable: git === 'missing' });

const statuses = { absent: 404, denied: 403, gone: 410, unreached: 0, missing: 0, failed: 500 } as const;

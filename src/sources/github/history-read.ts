import type { Environment, GitNeeds } from '../git.ts';
import { createBlobs } from '../git-blobs.ts';
import { type GitFailure, isGitFailure } from '../git-failure.ts';
import { countHistory, type HistoryNeeds, listHistory, readHistory } from '../git-history.ts';
import { GivenUp } from '../waiting.ts';
import { historyOf, ONE, wikiOnly } from './history-item.ts';
import { createPatchPour } from './patch-pour.ts';
import { GithubRefusal } from './refusal.ts';
import type { Work } from './work-list.ts';
import { originOf } from './work-origin.ts';
import type { ScanNeeds } from './worker.ts';

/** How far a history is, as its work keeps it: so many commits of all are scanned. */
export interface HistoryCursor {
  readonly of: 'code' | 'wiki';
  readonly done: number;
  readonly total: number;
}

export const readHistoryCursor = (text: string | undefined): HistoryCursor | undefined => {
  const [of, done, total] = text?.split(' ') ?? [];
  return of === 'code' || of === 'wiki' ? { of, done: Number(done), total: Number(total) } : undefined;
};

/** A copy that is here. */
export interface Copy {
  readonly of: HistoryCursor['of'];
  readonly dir: string;
  readonly env: Environment;
  readonly revisions: readonly string[];
  readonly cpuMs: number | undefined;
  /** Hears how far the reading is. */
  readonly hear?: ((cursor: HistoryCursor) => void) | undefined;
}

const SAVE_EVERY_MS = 2_000;
/** Commits that git may fail at before the repository counts as one that cannot be read. */
const MOST_FAILED = 20;
/** Git writes its words in blocks: it may have failed so many commits after the last that we heard of. */
const SUSPECTS = 64;

/**
 * Pours every commit, newest first, from where the cursor of the work stands. One that git fails at (it is damaged, or made
 * to take all memory) becomes work of its own, so that it keeps no other from being read.
 */
export const pourHistory = async (copy: Copy, work: Work, needs: ScanNeeds): Promise<void> => {
  const { revisions } = copy;
  const reading = await createReading(copy, work, needs);
  await reading.save(reading.done());
  for (let failed = 0; ; failed += 1) {
    const failure = await reading.read({ revisions, newestFirst: { skip: reading.done() } });
    if (!failure) return reading.end();
    if (revisions.includes(ONE) || failed >= MOST_FAILED)
      throw new GithubRefusal(200, failure.message, { unreadable: true });
    await pass(copy, reading);
  }
};

type Which = Pick<HistoryNeeds, 'revisions' | 'newestFirst'>;

interface Reading {
  readonly git: GitNeeds & Pick<HistoryNeeds, 'stop'>;
  /** Commits so far. */
  done(): number;
  /** So many are done; `named`: the last of them becomes work of its own. */
  save(done: number, named?: string): Promise<void>;
  /** Pours what git gives, also before it fails; gives what it failed with. */
  read(which: Which): Promise<GitFailure | undefined>;
  /** All are done. */
  end(): void;
}

const createReading = async (copy: Copy, work: Work, needs: ScanNeeds): Promise<Reading> => {
  const { of, hear, dir, env, cpuMs, revisions } = copy;
  const { list, clock, stop } = needs;
  const git = { dir, env, stop, ...(cpuMs !== undefined && { cpuMs }) };
  const before = readHistoryCursor(work.cursor);
  const resumed = before?.of === of ? before : undefined;
  const total = resumed?.total || (await countHistory({ ...git, revisions }));
  let done = resumed?.done ?? 0;
  let saved = clock.monotonic();
  const save: Reading['save'] = (now, named) => {
    done = now;
    saved = clock.monotonic();
    const one = of === 'wiki' ? wikiOnly : (repo: string, only: string) => historyOf(repo, { only });
    return list.advance(work, `${of} ${done} ${total}`, named === undefined ? [] : [one(work.repo, named)]);
  };
  const read = async (which: Which): Promise<GitFailure | undefined> => {
    const [from, blobs] = [done, createBlobs(git)];
    const pour = createPour({ of, blobs }, work, needs);
    const step = async (): Promise<void> => {
      done = from + pour.finished();
      hear?.({ of, done, total });
      if (clock.monotonic() - saved >= SAVE_EVERY_MS) await save(done);
    };
    try {
      const reading = readHistory({ ...git, ...which, hears: pour.hears, pause: () => pour.settle(step) });
      const failure = await reading.then(() => undefined, failureOf);
      if (stop.aborted) throw new GivenUp();
      pour.close();
      await pour.settle(step);
      return failure;
    } finally {
      blobs.close();
    }
  };
  return { git, save, read, done: () => done, end: () => hear?.({ of, done: total, total }) };
};

/** Git failed at one of the next commits: each is read alone, up to that one. */
const pass = async ({ revisions }: Copy, { git, read, save, done }: Reading): Promise<void> => {
  let at = done();
  for (const id of await listHistory({ ...git, revisions }, { skip: at, most: SUSPECTS })) {
    const failure = await read({ revisions: ['--no-walk', id], newestFirst: { skip: 0 } });
    at += 1;
    await save(at, failure && id);
    if (failure) return;
  }
};

const failureOf = (error: unknown): GitFailure => {
  if (isGitFailure(error) && error.git !== 'missing') return error;
  throw error;
};

const createPour = (
  { of, blobs }: Pick<Copy, 'of'> & { readonly blobs: ReturnType<typeof createBlobs> },
  work: Work,
  { github, outlet, note }: ScanNeeds,
) =>
  createPatchPour({
    ...{ outlet, blobs },
    originOf: (commit, path) => originOf(work, spotOf({ commit, path, of, web: `${github.web}/${work.repo}` })),
    unread(origin, error) {
      if (!(error instanceof GithubRefusal)) throw error;
      const { source, locator } = origin;
      note({ type: 'source.unscanned', source, locator, reason: 'unreadable', detail: error.message });
    },
  });

interface Spot extends Pick<Copy, 'of'> {
  readonly commit: string;
  readonly path: string | undefined;
  /** The repository's page. */
  readonly web: string;
}

const spotOf = ({ of, commit, path, web }: Spot) => {
  const at = `@${commit}${path === undefined ? ' (message)' : `:${path}`}`;
  if (of === 'wiki') return { locator: `.wiki${at}`, link: `${web}/wiki` };
  if (path === undefined) return { locator: at, link: `${web}/commit/${commit}`, commit };
  const file = path.split('/').map(encodeURIComponent).join('/');
  return { locator: at, link: `${web}/blob/${commit}/${file}`, commit, path };
};

import type { Environment } from '../git.ts';
import { createBlobs } from '../git-blobs.ts';
import { readHistory } from '../git-history.ts';
import { GivenUp } from '../waiting.ts';
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
  /** Commits in all. */
  count(): Promise<number>;
  /** Hears how far the reading is. */
  readonly hear?: ((cursor: HistoryCursor) => void) | undefined;
}

const SAVE_EVERY_MS = 2_000;

/** Pours every commit, newest first, from where the cursor of the work stands. */
export const pourHistory = async (copy: Copy, work: Work, needs: ScanNeeds): Promise<void> => {
  const { of, dir, env, revisions, hear } = copy;
  const { list, clock, stop } = needs;
  const before = readHistoryCursor(work.cursor);
  const resumed = before?.of === of ? before : undefined;
  const skip = resumed?.done ?? 0;
  const total = resumed?.total ?? (await copy.count());
  const blobs = createBlobs({ dir, env });
  const pour = createPour({ of, blobs }, work, needs);
  let saved = clock.monotonic();
  const save = async (): Promise<void> => {
    hear?.({ of, done: skip + pour.finished(), total });
    if (clock.monotonic() - saved < SAVE_EVERY_MS) return;
    saved = clock.monotonic();
    await list.advance(work, `${of} ${skip + pour.finished()} ${total}`);
  };
  try {
    await list.advance(work, `${of} ${skip} ${total}`);
    await readHistory({
      dir,
      env,
      revisions,
      newestFirst: { skip },
      hears: pour.hears,
      pause: () => pour.settle(save),
      stop,
    });
    if (stop.aborted) throw new GivenUp();
    pour.close();
    await pour.settle(save);
    hear?.({ of, done: total, total });
  } finally {
    blobs.close();
  }
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

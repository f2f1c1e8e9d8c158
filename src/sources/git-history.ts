import { type GitNeeds, startGit } from './git.ts';
import { createPatchReader, type PatchHears } from './git-patch.ts';

/** One shape of patch, whatever the repository and its owner have set. No driver, no filter; binary files as text. */
const shape = [
  ...['--patch', '--unified=0', '--inter-hunk-context=0', '--text', '--full-index', '--no-renames', '--relative'],
  ...['--no-ext-diff', '--no-textconv', '--no-color', '--submodule=short', '--src-prefix=a/', '--dst-prefix=b/'],
];

export interface HistoryNeeds extends GitNeeds {
  readonly hears: PatchHears;
  /** Awaited now and then: what was heard is dealt with before more is read. */
  readonly pause: () => Promise<void>;
  readonly stop: AbortSignal;
  /** Only commits after this date. */
  readonly since?: string;
  /** As `git log` takes them; default: every ref. */
  readonly revisions?: readonly string[];
  /** Default: oldest first. Newest first is the order in which so many may be skipped. */
  readonly newestFirst?: { readonly skip: number };
}

type CountNeeds = Pick<HistoryNeeds, keyof GitNeeds | 'stop' | 'since' | 'revisions'>;

/** What every commit adds; a merge brings in what its first parent has not. */
export const readHistory = ({ since, newestFirst, revisions = ['--all'], ...needs }: HistoryNeeds): Promise<void> => {
  const order = newestFirst ? [`--skip=${newestFirst.skip}`] : ['--reverse'];
  const which = ['--topo-order', ...order, ...(since === undefined ? [] : [`--since=${since}`]), ...revisions];
  return readPatch(
    ['log', '--format=commit %H%n%w(0,1,1)%B', '--diff-merges=first-parent', ...which, ...shape, '--'],
    needs,
  );
};

/** How many commits that would be. Rejects as git says. */
export const countHistory = async ({ since, revisions = ['--all'], ...needs }: CountNeeds): Promise<number> => {
  const which = [...(since === undefined ? [] : [`--since=${since}`]), ...revisions];
  const git = startGit(['rev-list', '--count', ...which, '--'], needs);
  needs.stop.addEventListener('abort', git.kill, { once: true });
  const said: Buffer[] = [];
  for await (const piece of git.output) said.push(piece);
  await git.ended;
  return Number(Buffer.concat(said).toString());
};

/** What is staged for the next commit. */
export const readStaged = (needs: HistoryNeeds): Promise<void> =>
  readPatch(['diff', '--cached', ...shape, '--'], { ...needs, hook: true });

const readPatch = async (args: readonly string[], { hears, pause, stop, ...needs }: HistoryNeeds): Promise<void> => {
  const git = startGit(args, needs);
  stop.addEventListener('abort', git.kill, { once: true });
  try {
    const read = createPatchReader(hears);
    for await (const piece of git.output) {
      read(piece);
      await pause();
    }
    await git.ended;
  } catch (error) {
    if (!stop.aborted) throw error;
  } finally {
    git.kill();
    stop.removeEventListener('abort', git.kill);
  }
};

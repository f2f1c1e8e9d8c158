import { askGit, type GitNeeds, startGit } from './git.ts';
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
  /** Only commits from this time on (ms since 1970). */
  readonly since?: number;
  /** As `git log` takes them; default: every ref. */
  readonly revisions?: readonly string[];
  /** Default: oldest first. Newest first is the order in which so many may be skipped. */
  readonly newestFirst?: { readonly skip: number };
}

/** No honest commit takes git so long (ms of a processor). */
const LONGEST_COMMIT = 5 * 60_000;

type CountNeeds = Pick<HistoryNeeds, keyof GitNeeds | 'stop' | 'since' | 'revisions'>;

/** What every commit adds; a merge brings in what its first parent has not. */
export const readHistory = ({ since, newestFirst, revisions = ['--all'], ...needs }: HistoryNeeds): Promise<void> => {
  const order = newestFirst ? [`--skip=${newestFirst.skip}`] : ['--reverse'];
  const which = ['--topo-order', ...order, ...youngerThan(since), ...revisions];
  return readPatch(
    ['log', '--format=commit %H%n%w(0,1,1)%B', '--diff-merges=first-parent', ...which, ...shape, '--'],
    needs,
  );
};

/** How many commits that would be. Rejects as git says. */
export const countHistory = async ({ since, revisions = ['--all'], ...needs }: CountNeeds): Promise<number> => {
  return Number(await askGit(['rev-list', '--count', ...youngerThan(since), ...revisions, '--'], needs));
};

/** In seconds: of a date that it does not understand git makes another, and says nothing. */
const youngerThan = (since: number | undefined): readonly string[] =>
  since === undefined ? [] : [`--max-age=${Math.floor(since / 1_000)}`];

/** The ids of so many commits, in the order of `readHistory` with the newest first. */
export const listHistory = async (needs: CountNeeds, { skip, most }: { skip: number; most: number }) => {
  const { revisions = ['--all'] } = needs;
  const order = ['--topo-order', `--skip=${skip}`, `--max-count=${most}`];
  return (await askGit(['rev-list', ...order, ...revisions, '--'], needs)).split('\n').filter(Boolean);
};

/** A branch, a tag, or another name in the repository. */
export interface Ref {
  /** `refs/tags/v1`. */
  readonly name: string;
  readonly id: string;
  /** An annotated tag is an object of its own, and no commit of `git log`. */
  readonly isTag: boolean;
}

/** With `since`: those whose tag or commit is so young, or has no date. */
export const listRefs = async ({ since, ...needs }: CountNeeds): Promise<readonly Ref[]> => {
  const format = '%(objecttype) %(objectname) %(creatordate:unix) %(refname)';
  const said = await askGit(['for-each-ref', `--format=${format}`], needs);
  return said.split('\n').flatMap((line) => {
    const [type = '', id = '', date = ''] = line.split(' ', 3);
    const name = line.slice(type.length + id.length + date.length + 3);
    const isOld = since !== undefined && date !== '' && Number(date) * 1_000 < since;
    return name === '' || isOld ? [] : [{ name, id, isTag: type === 'tag' }];
  });
};

/** What is staged for the next commit. Rejects with `GitFailure`. */
export const readStaged = async (needs: HistoryNeeds): Promise<void> => {
  const hooked = { ...needs, hook: true };
  // Outside of a repository `git diff` is another command, and in a bare one it takes every file to be removed.
  await askGit(['rev-parse', '--show-toplevel'], hooked);
  await readPatch(['diff', '--cached', ...shape, '--'], hooked);
};

/** Rejects with `GitFailure`. */
const readPatch = async (args: readonly string[], { hears, pause, stop, ...needs }: HistoryNeeds): Promise<void> => {
  const git = startGit(args, { cpuMs: LONGEST_COMMIT, ...needs });
  stop.addEventListener('abort', git.kill, { once: true });
  const commit = (id: string): void => {
    git.moved();
    hears.commit(id);
  };
  try {
    const read = createPatchReader({ ...hears, commit });
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

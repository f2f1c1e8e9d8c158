import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { askGit, type Environment, type GitRemote } from './git.ts';

/** A repository elsewhere, and the bare copy of it here. */
export interface RemoteNeeds extends GitRemote {
  /** Of the copy; made when it is not there. */
  readonly dir: string;
  readonly env: Environment;
  readonly stop: AbortSignal;
}

/** How far a fetch is in what it does now. */
export interface FetchProgress {
  readonly doing: 'counting' | 'compressing' | 'receiving' | 'resolving';
  readonly percent: number;
}

const PROGRESS = /^(?:remote: )?(Counting|Compressing|Receiving|Resolving) (?:objects|deltas): +(\d+)%/;

/** Of a line that git says; the other side writes some of them. */
export const fetchProgressOf = (line: string): FetchProgress | undefined => {
  const [, word = '', percent] = PROGRESS.exec(line) ?? [];
  return percent ? { doing: word.toLowerCase() as FetchProgress['doing'], percent: Number(percent) } : undefined;
};

/** Fetches from one remote into a bare repository. Rejects with `GitFailure`; git ends when `stop` fires. */
export const createRemote = ({ dir, env, stop, ...remote }: RemoteNeeds) => {
  const run = (args: readonly string[], where?: GitRemote): Promise<string> =>
    askGit(args, { dir, env, stop, remote: where });
  const fetchArgs = ['fetch', '--no-write-fetch-head', '--no-auto-gc', '--no-tags', '--force', '--progress'];
  return {
    /** Is there a copy that was fetched whole? */
    isHere: (): boolean => existsSync(`${dir}/${WHOLE}`),
    /** Every ref; or these, and all behind them (`depth`: no more than so many commits). */
    async fetch(refs: readonly string[] = ['+refs/*:refs/*'], depth?: number): Promise<void> {
      await mkdir(dir, { recursive: true, mode: 0o700 });
      if (!existsSync(`${dir}/HEAD`)) await run(['init', '--bare', '--quiet', '--template=', '.']);
      const deep = depth === undefined ? [] : [`--depth=${depth}`];
      await run([...fetchArgs, ...deep, '--', remote.url, ...refs], remote);
    },
    /** From now on `isHere`. */
    settle: async (): Promise<void> => void (await run(['config', '--file', WHOLE, 'keyfuse.fetched', 'true'])),
    /** Is a commit in the copy? */
    has: (id: string): Promise<boolean> =>
      run(['cat-file', '-e', `${id}^{commit}`]).then(
        () => true,
        () => false,
      ),
    /** Has `ref` this commit, itself or behind it? */
    isWithin: async (id: string, ref: string): Promise<boolean> =>
      (await run(['rev-list', '--max-count=1', id, '--not', ref, '--'])) === '',
    remove: (): Promise<void> => rm(dir, { recursive: true, force: true }),
  };
};

const WHOLE = 'fetched';

export type Remote = ReturnType<typeof createRemote>;

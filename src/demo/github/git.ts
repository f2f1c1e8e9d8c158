import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { openHistory, openTree } from './git-history.ts';
import { type Run, runGit } from './git-run.ts';
import { type Import, importStream, type NewCommit } from './import.ts';

/** A bare repository, driven by the git command alone. */
export type Git = ReturnType<typeof createGit>;

export const ZERO = '0'.repeat(40);

/** Opens the bare repository at `root/owner/name.git`. */
export const createGit = (root: string, fullName: string) => {
  const directory = join(root, `${fullName}.git`);
  const git: Run = (args, input) => runGit(['--git-dir', directory, ...args], input);
  return {
    directory,
    init: (branch = 'main') =>
      runGit(['-c', `init.defaultBranch=${branch}`, 'init', '--quiet', '--bare', '--template=', directory]),
    /** Makes the commits, points the ref at the last (or, with none, at `base`) and gives their shas. */
    async importCommits(fresh: readonly NewCommit[], to: Import): Promise<string[]> {
      if (fresh.length === 0) await git(['update-ref', to.ref, to.base ?? ZERO]);
      if (fresh.length === 0) return [];
      const out = await git(['fast-import', '--quiet', '--force', '--date-format=raw'], importStream(fresh, to));
      return out.toString().split('\n').filter(Boolean);
    },
    setRef: (ref: string, sha: string) => git(['update-ref', ref, sha]),
    /** Writes a tag object, given in git's own words, and gives its sha. */
    makeTag: async (text: string) => (await git(['mktag'], text)).toString().trim(),
    deleteRef: (ref: string) => git(['update-ref', '-d', ref]),
    /** Is it there? A wiki is not, before its first page. */
    exists: () =>
      access(join(directory, 'HEAD')).then(
        () => true,
        () => false,
      ),
    /** Heads of all branches except `ref`. */
    async otherHeads(ref: string): Promise<string[]> {
      const listed = await git(['for-each-ref', '--format=%(objectname) %(refname)', 'refs/heads']);
      const heads = listed.toString().split('\n').filter(Boolean);
      return heads.filter((head) => !head.endsWith(` ${ref}`)).map((head) => head.slice(0, 40));
    },
    ...openHistory(git, directory),
    ...openTree(git),
  };
};

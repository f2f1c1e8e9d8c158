import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ChangedFile, DIFF_ARGS, readDiff } from './diff.ts';
import { type Commit, FORMAT, parseCommits, parseTouched, type TouchedPaths } from './git-log.ts';
import type { Run } from './git-run.ts';

/** A ref and what it names: a commit, or a tag object. */
export interface Ref {
  readonly name: string;
  readonly sha: string;
  readonly type: string;
}

/** An entry of a folder; `type` is git's: blob, tree or commit. */
export interface TreeEntry {
  readonly path: string;
  readonly type: string;
  readonly sha: string;
  readonly size: number;
}

const EMPTY_TREE = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';
const DIFFS_KEPT = 32;
const REVISION = /^\w[\w./-]*$/;

/** Names a commit for certain; a tag may name an object of its own. */
const BRANCH = /^refs\/(heads|pull)\/[\w-]+(\/[\w-]+)*$/;

/** The sha in the file of a ref, without starting git; null when it is not there, undefined when only git can tell. */
const readRef = async (directory: string, ref: string): Promise<string | null | undefined> => {
  const read = (name: string) => readFile(join(directory, name), 'latin1').catch(() => undefined);
  const loose = await read(ref);
  if (loose !== undefined) return /^[0-9a-f]{40}$/.exec(loose.trim())?.[0];
  return (await read('packed-refs')) === undefined ? null : undefined;
};

/** Looks up what never changes: commits, what they touched, their differences, and blobs. */
export const openHistory = (git: Run, directory: string) => {
  // Both are told by their shas, so they never change; paging through a large commit asks for one diff ten times.
  const commits = new Map<string, Commit>();
  const diffs = new Map<string, Promise<ChangedFile[]>>();
  const diff = async (ends: readonly string[]): Promise<ChangedFile[]> => {
    const list = git(['diff-tree', ...DIFF_ARGS, '-z', '--raw', '--numstat', ...ends]);
    const patches = git(['diff-tree', ...DIFF_ARGS, '-p', '--full-index', ...ends]);
    const [listed, patched] = await Promise.all([list, patches]);
    return readDiff(listed.toString(), patched.toString());
  };
  return {
    /** The commit a sha, branch or tag names. */
    async resolve(revision: string): Promise<string | undefined> {
      if (commits.has(revision)) return revision;
      if (!REVISION.test(revision)) return undefined;
      const plain = BRANCH.test(revision) ? await readRef(directory, revision) : undefined;
      if (plain !== undefined) return plain ?? undefined;
      const found = await git(['rev-parse', '--verify', '--quiet', `${revision}^{commit}`]).catch(() => undefined);
      return found?.toString().trim();
    },
    /** Commits reachable from `from` but from none of `not`, newest first. */
    async log(from: string, not: readonly string[] = []): Promise<Commit[]> {
      const found = parseCommits((await git(['log', '-z', '--topo-order', FORMAT, from, '--not', ...not])).toString());
      for (const commit of found) commits.set(commit.sha, commit);
      return found;
    },
    async commit(sha: string): Promise<Commit | undefined> {
      return commits.get(sha) ?? parseCommits((await git(['log', '-z', '-1', FORMAT, sha])).toString())[0];
    },
    async touched(commits: readonly Commit[]): Promise<Map<string, TouchedPaths>> {
      const pairs = commits.map(({ sha, parents }) => `${sha} ${parents[0] ?? ''}`.trim()).join('\n');
      const args = ['diff-tree', '--stdin', '--root', '-r', '-z', '--name-status', '--no-renames'];
      return parseTouched((await git(args, `${pairs}\n`)).toString());
    },
    async mergeBase(a: string, b: string): Promise<string | undefined> {
      const found = await git(['merge-base', a, b]).catch(() => undefined);
      return found?.toString().trim();
    },
    /** What changed between two commits; without a base, everything. */
    diff(base: string | undefined, head: string): Promise<ChangedFile[]> {
      const ends = `${base ?? EMPTY_TREE} ${head}`;
      const found = diffs.get(ends) ?? diff(ends.split(' '));
      if (diffs.size > DIFFS_KEPT) diffs.clear();
      diffs.set(ends, found);
      return found;
    },
    /** The sha of a file's blob in a commit. */
    async blobOf(commit: string, path: string): Promise<string | undefined> {
      const found = await git(['rev-parse', '--verify', '--quiet', `${commit}:${path}`]).catch(() => undefined);
      return found?.toString().trim();
    },
    /** The bytes of a blob, or undefined when the sha names none. */
    blob: (sha: string) => git(['cat-file', 'blob', sha]).catch(() => undefined),
  };
};

/** Looks up what stands now: refs, tags and folders. */
export const openTree = (git: Run) => ({
  /** Every branch, tag and pull request. */
  async refs(): Promise<Ref[]> {
    const listed = await git(['for-each-ref', '--format=%(objectname) %(objecttype) %(refname)']);
    const lines = listed.toString().split('\n').filter(Boolean);
    return lines.map((line) => {
      const [sha = '', type = '', name = ''] = line.split(' ');
      return { name, sha, type };
    });
  },
  /** The text of a tag object. */
  tag: (sha: string) => git(['cat-file', 'tag', sha]).catch(() => undefined),
  /** What is at a path of a commit; with a slash at its end, what is in that folder. */
  async tree(commit: string, path: string): Promise<TreeEntry[]> {
    const listed = await git(['ls-tree', '-z', '-l', commit, ...(path ? [path] : [])]);
    const entries = listed.toString().split('\0').filter(Boolean);
    return entries.map((entry) => {
      const [, type = '', sha = '', size = ''] = entry.slice(0, entry.indexOf('\t')).split(/ +/);
      return { path: entry.slice(entry.indexOf('\t') + 1), type, sha, size: Number(size) || 0 };
    });
  },
});

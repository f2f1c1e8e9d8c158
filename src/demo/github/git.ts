import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { type ChangedFile, DIFF_ARGS, readDiff } from './diff.ts';
import { type Import, importStream, type NewCommit, type Person } from './import.ts';

/** A commit as git tells it; dates in ISO 8601. */
export interface Commit {
  readonly sha: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: Person & { readonly date: string };
  readonly committer: Person & { readonly date: string };
  readonly message: string;
}

/** The paths a commit touched, against its first parent. */
export interface TouchedPaths {
  readonly added: string[];
  readonly removed: string[];
  readonly modified: string[];
}

/** A bare repository, driven by the git command alone. */
export type Git = ReturnType<typeof createGit>;

export const ZERO = '0'.repeat(40);
const EMPTY_TREE = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';
const FIELDS = ['%H', '%T', '%P', '%an', '%ae', '%aI', '%cn', '%ce', '%cI', '%B'];
const FORMAT = `--format=tformat:${FIELDS.join('%x00')}`;
const DIFFS_KEPT = 32;
const REVISION = /^\w[\w./-]*$/;

// Only the search path is taken over: a user's git settings, or the GIT_DIR of a hook that runs us, must not count.
const environment = (): NodeJS.ProcessEnv => ({
  PATH: process.env['PATH'],
  LC_ALL: 'C',
  HOME: '/nonexistent',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
});

/** Runs git and gives what it prints; rejects with what it complains of. */
const runGit = (args: readonly string[], input: string | Buffer = ''): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const git = spawn('git', args, { env: environment() });
    const [out, err]: [Buffer[], Buffer[]] = [[], []];
    git.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    git.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    git.on('error', reject);
    git.on('close', (code) => {
      if (code === 0) resolve(Buffer.concat(out));
      else reject(new Error(`git ${args.slice(1, 3).join(' ')}: exit code ${code}: ${Buffer.concat(err)}`));
    });
    git.stdin.on('error', () => undefined);
    git.stdin.end(input);
  });

const parseCommits = (text: string): Commit[] => {
  const fields = text.split('\0');
  const commits: Commit[] = [];
  for (let at = 0; at + FIELDS.length < fields.length; at += FIELDS.length) {
    const [sha = '', tree = '', parents = '', an = '', ae = '', ad = '', cn = '', ce = '', cd = '', message = ''] =
      fields.slice(at, at + FIELDS.length);
    const author = { name: an, email: ae, date: ad.replace('+00:00', 'Z') };
    const committer = { name: cn, email: ce, date: cd.replace('+00:00', 'Z') };
    commits.push({
      sha,
      tree,
      parents: parents.split(' ').filter(Boolean),
      author,
      committer,
      message: message.trimEnd(),
    });
  }
  return commits;
};

const parseTouched = (text: string): Map<string, TouchedPaths> => {
  const touched = new Map<string, TouchedPaths>();
  const words = text.split('\0');
  let now: TouchedPaths | undefined;
  for (let at = 0; at < words.length - 1; at += 1) {
    const word = words[at] ?? '';
    if (word.length === 1) {
      const list = word === 'A' ? now?.added : word === 'D' ? now?.removed : now?.modified;
      at += 1;
      list?.push(words[at] ?? '');
    } else {
      now = { added: [], removed: [], modified: [] };
      touched.set(word, now);
    }
  }
  return touched;
};

type Run = (args: readonly string[], input?: string | Buffer) => Promise<Buffer>;

/** Looks up what never changes: commits, what they touched, their differences, and blobs. */
const openHistory = (git: Run) => {
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
    /** Heads of all branches except `ref`. */
    async otherHeads(ref: string): Promise<string[]> {
      const listed = await git(['for-each-ref', '--format=%(objectname) %(refname)', 'refs/heads']);
      const heads = listed.toString().split('\n').filter(Boolean);
      return heads.filter((head) => !head.endsWith(` ${ref}`)).map((head) => head.slice(0, 40));
    },
    ...openHistory(git),
  };
};

/** One file of a diff, as GitHub's API counts it. */
export interface ChangedFile {
  /** The blob; of a removed file, the one it was. */
  readonly sha: string;
  readonly filename: string;
  readonly status: 'added' | 'removed' | 'modified' | 'renamed' | 'copied' | 'changed';
  readonly additions: number;
  readonly deletions: number;
  readonly changes: number;
  /** Missing for binary files, for renames without a change, and for diffs over 20,000 lines or 500 KB. */
  readonly patch?: string;
  readonly previous_filename?: string;
}

export const DIFF_ARGS = ['-r', '-M', '--no-ext-diff', '--no-color'];

/** https://docs.github.com/repositories/creating-and-managing-repositories/repository-limits */
const PATCH_LINES = 20_000;
const PATCH_BYTES = 500_000;

const STATUS: Readonly<Record<string, ChangedFile['status']>> = {
  A: 'added',
  D: 'removed',
  M: 'modified',
  R: 'renamed',
  C: 'copied',
  T: 'changed',
};

interface RawEntry {
  readonly sha: string;
  readonly status: string;
  readonly from: string;
  readonly to: string;
}

/** Reads `:mode mode sha sha STATUS NUL path NUL [path NUL]` entries, then the numstat lines that follow them. */
const readList = (list: string): { entries: RawEntry[]; counts: [number, number][] } => {
  const words = list.split('\0');
  const entries: RawEntry[] = [];
  const counts: [number, number][] = [];
  for (let at = 0; at < words.length - 1; ) {
    const word = words[at] ?? '';
    if (word.startsWith(':')) {
      const [, , before = '', after = '', status = ''] = word.split(' ');
      const two = status.startsWith('R') || status.startsWith('C');
      const sha = /^0+$/.test(after) ? before : after;
      entries.push({ sha, status: status.charAt(0), from: words[at + 1] ?? '', to: words[at + (two ? 2 : 1)] ?? '' });
      at += two ? 3 : 2;
    } else {
      const [added = '', deleted = '', path = ''] = word.split('\t');
      counts.push([Number(added) || 0, Number(deleted) || 0]);
      at += path === '' ? 3 : 1;
    }
  }
  return { entries, counts };
};

/** The part of one file's diff that GitHub calls its patch: from the first hunk on, without the last newline. */
const patchOf = (diff: string): string | undefined => {
  const start = diff.indexOf('\n@@ ');
  if (start < 0) return undefined;
  const patch = diff.slice(start + 1).replace(/\n$/, '');
  if (Buffer.byteLength(patch) > PATCH_BYTES) return undefined;
  let lines = 1;
  for (let at = patch.indexOf('\n'); at >= 0; at = patch.indexOf('\n', at + 1)) lines += 1;
  return lines > PATCH_LINES ? undefined : patch;
};

/** Joins the three tellings of `git diff-tree` (--raw, --numstat, -p), which come in the same order. */
export const readDiff = (list: string, patches: string): ChangedFile[] => {
  const { entries, counts } = readList(list);
  // Lines of content begin with a space, + or -, so this line start is never content.
  const diffs = patches.split(/^(?=diff --git )/m).filter(Boolean);
  return entries.map(({ sha, status, from, to }, n) => {
    const [additions, deletions] = counts[n] ?? [0, 0];
    const patch = patchOf(diffs[n] ?? '');
    return {
      sha,
      filename: to,
      status: STATUS[status] ?? 'changed',
      additions,
      deletions,
      changes: additions + deletions,
      ...(patch === undefined ? {} : { patch }),
      ...(from === to ? {} : { previous_filename: from }),
    };
  });
};

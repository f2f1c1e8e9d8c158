import type { Person } from './import.ts';

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

const FIELDS = ['%H', '%T', '%P', '%an', '%ae', '%aI', '%cn', '%ce', '%cI', '%B'];
/** What `git log -z` must be asked for so that `parseCommits` can read it. */
export const FORMAT = `--format=tformat:${FIELDS.join('%x00')}`;

export const parseCommits = (text: string): Commit[] => {
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

export const parseTouched = (text: string): Map<string, TouchedPaths> => {
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

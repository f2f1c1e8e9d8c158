import type { Wanted } from './work-list.ts';

/** Commits to be read by git: those of `head` that `base` (without it: the default branch) has not; or as it says. */
export type HistoryItem =
  | { readonly base?: string | undefined; readonly head: string }
  | { readonly upTo: string }
  | { readonly only: string }
  /** Every ref, the wiki, and what people wrote. */
  | { readonly whole: true };

export const WHOLE = 'whole';
/** For `git log`: the first commit alone. */
export const ONE = '-1';

const write = (item: HistoryItem): string => {
  if ('whole' in item) return WHOLE;
  if ('upTo' in item) return `upto ${item.upTo}`;
  return 'only' in item ? `only ${item.only}` : `${item.base ?? ''}..${item.head}`;
};

export const historyOf = (repo: string, item: HistoryItem, more: Pick<Wanted, 'rank' | 'again'> = {}): Wanted => ({
  ...{ kind: 'history', repo, item: write(item) },
  ...more,
});

/** A wiki up to a revision; or `only` that. */
export const wikiOf = (repo: string, id: string): Wanted => ({ kind: 'wiki', repo, item: id });
export const wikiOnly = (repo: string, id: string): Wanted => ({ kind: 'wiki', repo, item: `only ${id}` });

export const readHistoryItem = (text: string): HistoryItem => {
  if (text === WHOLE) return { whole: true };
  const [word, id = ''] = text.split(' ');
  if (word === 'upto') return { upTo: id };
  if (word === 'only') return { only: id };
  const [base, head = ''] = text.split('..');
  return { head, ...(base && { base }) };
};

/** The files that an Actions run left: each is read once, however often they are listed. */
export const artifactsOf = (repo: string, run: string): Wanted => ({
  ...{ kind: 'listing', repo, item: `actions/runs/${run}/artifacts`, again: true },
});

/** What people wrote in a repository beside its commits: each a list, its edits not in it. Discussions have no REST list. */
const listingsOf = (repo: string): readonly Wanted[] =>
  ['issues?state=all', 'issues/comments', 'pulls?state=all', 'pulls/comments', 'comments', 'releases'].map((item) => ({
    ...{ kind: 'listing', repo, item },
  }));

/** Everything of a repository: that strangers can read from now on, that we did not see before, or that is asked for. */
export const everythingOf = (repo: string, how: Pick<Wanted, 'rank' | 'mode'> = {}): readonly Wanted[] =>
  [historyOf(repo, { whole: true }), ...listingsOf(repo)].map((one) => ({ ...one, again: true, ...how }));

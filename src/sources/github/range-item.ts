import type { Wanted } from './work-list.ts';

/** Commits of `head` that `base` has not; without a base, that the default branch has not. */
export interface Range {
  readonly base?: string | undefined;
  readonly head: string;
}

export const rangeOf = (repo: string, { base = '', head }: Range): Wanted => ({
  kind: 'range',
  repo,
  item: `${base}..${head}`,
});

export const readRange = (item: string): Range => {
  const [base, head = ''] = item.split('..');
  return { head, ...(base && { base }) };
};

import * as z from 'zod';
import { historyOf } from './history-item.ts';
import { readJson64 } from './json64.ts';
import { rangeOf, readRange } from './range-item.ts';
import { GithubRefusal } from './refusal.ts';
import type { Wanted } from './work-list.ts';
import type { ScanWork } from './worker.ts';

/** So many commits are fetched one by one; more are read by git. */
const MOST_BY_REST = 300;
const PAGE = 100;

const Repository = z.object({ default_branch: z.string() });
const Comparison = z.object({
  status: z.string().nullish(),
  total_commits: z.number(),
  commits: z.array(z.object({ sha: z.string() })),
});

/**
 * Names the commits of a range (`item`: `base..head`). What cannot be compared (no common ancestor, a base that is gone) and
 * what is too much is left to git. https://docs.github.com/en/rest/commits/commits#compare-two-commits
 */
export const scanRange: ScanWork = async ({ repo, item }, { github, stop }) => {
  const { base: given, head } = readRange(item);
  const byGit = [historyOf(repo, { base: given, head })];
  // `base` has what `head` lost: it was forced there, and nobody may have said so.
  const replaced = given === undefined ? [] : [rangeOf(repo, { base: head, head: given })];
  const base = given ?? (await defaultBranch({ github, repo, stop }));
  const path = `/repos/${repo}/compare/${encodeURIComponent(base)}...${head}?per_page=${PAGE}`;
  const wanted: Wanted[] = [];
  try {
    for await (const bytes of github.pages({ path, stop })) {
      const page = Comparison.safeParse(readJson64(bytes)).data;
      if (!page) throw new GithubRefusal(200, 'an answer that is no comparison');
      const lost = page.status === 'ahead' || page.status === 'identical' ? [] : replaced;
      if (page.total_commits > MOST_BY_REST) return [...byGit, ...lost];
      wanted.push(...lost);
      for (const { sha } of page.commits) wanted.push({ kind: 'commit', repo, item: sha });
    }
  } catch (error) {
    // 404: it may be that GitHub has not got it yet, so this is an attempt, and the last goes another way.
    if (error instanceof GithubRefusal && error.status === 404 && (await isThere({ github, repo, head, stop })))
      return [...byGit, ...replaced];
    throw error;
  }
  return wanted;
};

type Asking = Pick<Parameters<ScanWork>[1], 'github' | 'stop'> & { readonly repo: string };

const defaultBranch = async ({ github, repo, stop }: Asking): Promise<string> => {
  const found = Repository.safeParse(await github.json({ path: `/repos/${repo}`, stop })).data;
  if (!found) throw new GithubRefusal(200, 'an answer that is no repository');
  return found.default_branch;
};

const isThere = async ({ github, repo, head, stop }: Asking & { readonly head: string }): Promise<boolean> => {
  await github.json({ path: `/repos/${repo}/commits/${head}?per_page=1`, stop });
  return true;
};

import * as z from 'zod';
import { historyOf } from './history-item.ts';
import { readJson64 } from './json64.ts';
import { rangeOf } from './range-item.ts';
import { GithubRefusal } from './refusal.ts';
import type { ScanWork } from './worker.ts';

/** GitHub lists no more commits of a pull request. https://docs.github.com/en/rest/pulls/pulls#list-commits-on-a-pull-request */
const MOST_LISTED = 250;

const Commits = z.array(z.object({ sha: z.string() }));

/** Names the commits of a pull request (`item`: its number, `@`, its head), which a push to a fork does not tell us. */
export const scanPull: ScanWork = async ({ repo, item }, { github, stop }) => {
  const [number, head = ''] = item.split('@');
  const shas: string[] = [];
  for await (const bytes of github.pages({ path: `/repos/${repo}/pulls/${number}/commits?per_page=100`, stop })) {
    const page = Commits.safeParse(readJson64(bytes)).data;
    if (!page) throw new GithubRefusal(200, 'an answer that is no list of commits');
    shas.push(...page.map(({ sha }) => sha));
  }
  if (shas.length >= MOST_LISTED) return [historyOf(repo, { head })];
  // It may have been forced to another commit before we came: what it had stays readable by its id.
  const replaced = head === '' || shas.includes(head) ? [] : [rangeOf(repo, { head })];
  return [...shas.map((sha) => ({ kind: 'commit', repo, item: sha }) as const), ...replaced];
};

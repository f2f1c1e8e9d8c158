import { type GithubAnswer, nextPage, wholeBody } from './answer.ts';
import { artifactsOf } from './history-item.ts';
import type { Led, TextList } from './json.ts';
import { GithubRefusal } from './refusal.ts';
import { ranks, type Wanted, type Work } from './work-list.ts';
import { originOf } from './work-origin.ts';
import type { ScanWork } from './worker.ts';

/** GitHub keeps the logs of public repositories no longer. */
const LOGS_KEPT_MS = 90 * 24 * 3_600_000;

const wantedOf = ({ to, id, at = '' }: Led, { repo, ...work }: Work, now: number): readonly Wanted[] => {
  const rank = Math.max(work.rank, ranks.live);
  if (to !== 'run') return [{ kind: to, repo, item: id, rank }];
  if (now - Date.parse(at) > LOGS_KEPT_MS) return [];
  return [
    { kind: 'run-log', repo, item: id, rank },
    { ...artifactsOf(repo, id), rank },
  ];
};

/**
 * Every text of a list (`item`: its path in the repository), page by page, and the files that it leads to; a crash costs
 * one page. A list that is turned off (no issues here) is empty.
 */
export const scanListing: ScanWork = async (work, needs) => {
  const { github, outlet, parser, list, clock, stop } = needs;
  const mark = work.item.includes('?') ? '&' : '?';
  let path: string | undefined = work.cursor ?? `/repos/${work.repo}/${work.item}${mark}per_page=100`;
  while (path) {
    const answer: GithubAnswer | undefined = await github
      .ask({ path, as: { account: work.repo }, stop })
      .catch((error: unknown) => {
        if (error instanceof GithubRefusal && error.status === 410) return undefined;
        throw error;
      });
    if (!answer) return undefined;
    const page: TextList | undefined = await parser.read({ shape: 'list', bytes: await wholeBody(answer.body) });
    if (!page) throw new GithubRefusal(200, 'an answer that is no list');
    for (const { link, bytes } of page.texts)
      await outlet.text(bytes, originOf(work, { locator: ` (${work.item.split('?')[0]})`, link }));
    const wanted: readonly Wanted[] = page.leads.flatMap((one) => wantedOf(one, work, clock.now()));
    // The newest come first: what is behind runs whose logs are gone is older still.
    const isOver: boolean = page.leads.length > 0 && wanted.length === 0;
    path = isOver ? undefined : nextPage(String(answer.headers['link'] ?? ''));
    if (!path) return wanted;
    await list.advance(work, path, wanted);
  }
  return undefined;
};

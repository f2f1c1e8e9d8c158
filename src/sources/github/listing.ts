import { nextPage, wholeBody } from './answer.ts';
import { GithubRefusal } from './refusal.ts';
import { originOf } from './work-origin.ts';
import type { ScanWork } from './worker.ts';

/**
 * Every text of a list (`item`: its path in the repository), page by page; a crash costs one page. A list that is turned
 * off (no issues here) is empty.
 */
export const scanListing: ScanWork = async (work, needs) => {
  const { github, outlet, parser, list, stop } = needs;
  const mark = work.item.includes('?') ? '&' : '?';
  let path: string | undefined = work.cursor ?? `/repos/${work.repo}/${work.item}${mark}per_page=100`;
  while (path) {
    const answer = await github.ask({ path, as: { account: work.repo }, stop }).catch((error: unknown) => {
      if (error instanceof GithubRefusal && error.status === 410) return undefined;
      throw error;
    });
    if (!answer) return undefined;
    const page = await parser.read({ shape: 'list', bytes: await wholeBody(answer.body) });
    if (!page) throw new GithubRefusal(200, 'an answer that is no list');
    for (const { link, bytes } of page.texts)
      await outlet.text(bytes, originOf(work, { locator: ` (${work.item.split('?')[0]})`, link }));
    path = nextPage(String(answer.headers['link'] ?? ''));
    if (path) await list.advance(work, path);
  }
  return undefined;
};

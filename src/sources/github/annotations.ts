import { GithubRefusal } from './refusal.ts';
import { originOf } from './work-origin.ts';
import type { ScanWork } from './worker.ts';

/** The annotations of a check run (`item`: its id). https://docs.github.com/en/rest/checks/runs#list-check-run-annotations */
export const scanAnnotations: ScanWork = async (work, { github, outlet, parser, stop }) => {
  const path = `/repos/${work.repo}/check-runs/${work.item}/annotations?per_page=100`;
  for await (const bytes of github.pages({ path, stop }, MOST_PAGES)) {
    const page = await parser.read({ shape: 'list', bytes });
    if (!page) throw new GithubRefusal(200, 'an answer that is no list');
    for (const text of page.texts)
      await outlet.text(text.bytes, originOf(work, { locator: ` (check run ${work.item})` }));
  }
  return undefined;
};

/** The Checks API takes 50 at a time, and no run has more than a few thousand. */
const MOST_PAGES = 100;

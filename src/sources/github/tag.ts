import * as z from 'zod';
import { GithubRefusal } from './refusal.ts';
import { originOf } from './work-origin.ts';
import type { ScanWork } from './worker.ts';

const Tag = z.object({
  tag: z.string(),
  message: z.string().nullish(),
  tagger: z.object({ name: z.string() }).nullish(),
});

/** The message of an annotated tag (`item`: id of its object). https://docs.github.com/en/rest/git/tags#get-a-tag */
export const scanTag: ScanWork = async (work, { github, outlet, stop }) => {
  const { repo, item } = work;
  const found = await github.json({ path: `/repos/${repo}/git/tags/${item}`, stop });
  const { data: tag } = Tag.safeParse(found);
  if (!tag) throw new GithubRefusal(200, 'an answer that is no tag');
  const origin = originOf(work, { locator: ` (tag ${tag.tag})`, actor: tag.tagger?.name });
  await outlet.text(Buffer.from(`${tag.tag}\n${tag.message ?? ''}`), origin);
  return undefined;
};

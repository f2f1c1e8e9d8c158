import * as z from 'zod';
import type { GithubClient } from './client.ts';
import { GithubRefusal } from './refusal.ts';

const Made = z.object({ ref: z.string(), ref_type: z.literal('branch') });
/** https://docs.github.com/en/rest/git/refs#get-a-reference */
const Ref = z.object({ object: z.object({ sha: z.string() }) });
const NONE = '0'.repeat(40);

/**
 * Of a branch that was made, the push that it may have been made with, of which no event of its own need tell: to where it
 * stands now. Undefined when it is gone again. Rejects with `GithubRefusal`.
 */
export const pushOfMade = async (
  payload: unknown,
  repo: string,
  { github, stop }: { readonly github: GithubClient; readonly stop: AbortSignal },
): Promise<Readonly<Record<string, unknown>> | undefined> => {
  const { data: made } = Made.safeParse(payload);
  if (!made) return undefined;
  const name = made.ref.split('/').map(encodeURIComponent).join('/');
  const answer = await github.json({ path: `/repos/${repo}/git/ref/heads/${name}`, stop }).catch((error: unknown) => {
    if (error instanceof GithubRefusal && error.status === 404) return undefined;
    throw error;
  });
  const sha = Ref.safeParse(answer).data?.object.sha;
  return sha === undefined ? undefined : { ref: `refs/heads/${made.ref}`, before: NONE, after: sha, created: true };
};

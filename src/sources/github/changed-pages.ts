import { nextPage, wholeBody } from './answer.ts';
import type { GithubClient } from './client.ts';
import type { Cursors } from './cursors.ts';
import { GithubRefusal } from './refusal.ts';

interface ChangedNeeds {
  readonly github: GithubClient;
  readonly cursors: Cursors;
  readonly stop: AbortSignal;
  /** Makes durable what was read, where that is not done page by page. */
  settle?(): Promise<void>;
}

/**
 * Reads the pages of a list from its first on, as long as `read` wants more; nothing when the first has not changed since
 * it was read last (`again`: it shall be read next time all the same). Such a question costs no call of our hour: a few hundred quiet repositories can be asked every minute.
 * https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#use-conditional-requests-if-appropriate
 */
export const readIfChanged = async (
  path: string,
  { github, cursors, stop, settle }: ChangedNeeds,
  read: (page: Uint8Array) => Promise<'more' | 'enough' | 'again'>,
): Promise<void> => {
  const name = `etag ${path}`;
  const known = cursors.get(name);
  const first = await github
    .ask({ path, stop, ...(known && { headers: { 'if-none-match': known } }) })
    .catch((error: unknown) => {
      if (error instanceof GithubRefusal && error.status === 304) return undefined;
      throw error;
    });
  if (!first) return;
  let answer = first;
  for (;;) {
    const wants = await read(await wholeBody(answer.body));
    const next = nextPage(String(answer.headers['link'] ?? ''));
    if (wants === 'again') return;
    if (wants === 'enough' || !next) break;
    answer = await github.ask({ path: next, as: { account: accountOf(path) }, stop });
  }
  await settle?.();
  // Only now: what was read is durable.
  const { etag } = first.headers;
  if (etag !== undefined && etag !== known) await cursors.set(name, String(etag));
};

/** `/repos/owner/name/…` → `owner/name`. */
const accountOf = (path: string): string => path.split('/').slice(2, 4).join('/');

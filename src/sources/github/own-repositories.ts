import * as z from 'zod';
import type { GithubClient } from './client.ts';
import { readJson64 } from './json64.ts';
import { GithubRefusal } from './refusal.ts';

const name = z.object({ full_name: z.string() });
const Repositories = z.array(name);
const Covered = z.object({ repositories: Repositories });
const Installations = z.array(
  z.object({ account: z.object({ login: z.string() }).nullish(), suspended_at: z.string().nullish() }),
);

const MOST_PAGES = 1_000;

type Asking = Pick<GithubClient, 'pages' | 'isApp'>;

/**
 * Every repository that our credentials were given (`owner/name`): those that the installations of the App cover, or those
 * of the person whose token it is. Rejects with `GithubRefusal`.
 * https://docs.github.com/en/rest/apps/installations#list-repositories-accessible-to-the-app-installation
 * https://docs.github.com/en/rest/repos/repos#list-repositories-for-the-authenticated-user
 */
export async function* ownRepositories(github: Asking, stop: AbortSignal): AsyncGenerator<string> {
  if (!github.isApp) {
    for await (const bytes of github.pages({ path: '/user/repos?per_page=100', stop }, MOST_PAGES))
      for (const { full_name } of read(Repositories, bytes)) yield full_name;
    return;
  }
  for await (const bytes of github.pages({ path: '/app/installations?per_page=100', as: 'app', stop }, MOST_PAGES)) {
    for (const { account, suspended_at } of read(Installations, bytes)) {
      // Nothing of a suspended one may be asked.
      if (account && !suspended_at) yield* coveredBy(account.login, github, stop);
    }
  }
}

async function* coveredBy(account: string, github: Asking, stop: AbortSignal): AsyncGenerator<string> {
  const call = { path: '/installation/repositories?per_page=100', as: { account }, stop };
  for await (const bytes of github.pages(call, MOST_PAGES))
    for (const { full_name } of read(Covered, bytes).repositories) yield full_name;
}

const read = <S extends z.ZodType>(schema: S, bytes: Uint8Array): z.output<S> => {
  const { data } = schema.safeParse(readJson64(bytes));
  if (data === undefined) throw new GithubRefusal(200, 'an answer that is no list of repositories');
  return data;
};

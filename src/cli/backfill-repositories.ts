import * as z from 'zod';
import type { Backfill } from '../app-backfill.ts';
import { publicText } from '../core/origin.ts';
import { ownRepositories } from '../sources/github/own-repositories.ts';
import { GithubRefusal } from '../sources/github/refusal.ts';
import { type Io, say } from './io.ts';

const Repository = z.object({ full_name: z.string() });

/** Asked at once; each is one call. */
const AT_ONCE = 8;

/** The repositories that are meant, as GitHub calls them now, and how many of those named it does not show us. */
export const findRepositories = async (
  named: readonly string[],
  { all, room, io }: { readonly all: boolean; readonly room: Pick<Backfill, 'github'>; readonly io: Io },
): Promise<{ readonly repositories: readonly string[]; readonly absent: number }> => {
  const found: string[] = [];
  let absent = 0;
  for (let at = 0; at < named.length; at += AT_ONCE) {
    const names = await Promise.all(named.slice(at, at + AT_ONCE).map((one) => nameOf(one, room, io)));
    found.push(...names.flatMap((name) => name ?? []));
    absent += names.filter((name) => name === undefined).length;
  }
  if (all) for await (const name of ownRepositories(room.github, io.stop)) found.push(name);
  return { repositories: [...new Map(found.map((name) => [name.toLowerCase(), name])).values()], absent };
};

/**
 * Undefined, and said, when GitHub shows us no such repository. Rejects when nothing can be asked at all; what fails
 * otherwise may be there: it is tried.
 */
const nameOf = async (named: string, { github }: Pick<Backfill, 'github'>, io: Io): Promise<string | undefined> => {
  try {
    const answer = await github.json({ path: `/repos/${named}`, stop: io.stop });
    return Repository.safeParse(answer).data?.full_name ?? named;
  } catch (error) {
    if (!(error instanceof GithubRefusal)) throw error;
    if (error.status === 401 || error.status === 0) throw error;
    if (error.status !== 404) return named;
    const why = github.authenticated
      ? 'or our credentials may not see it'
      : 'and there is no GITHUB_TOKEN to see more with';
    say(io.stderr, `keyfuse: ${publicText(named)}: GitHub shows no such repository, ${why}`);
    return undefined;
  }
};

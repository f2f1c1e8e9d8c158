import * as z from 'zod';
import { readIfChanged } from './changed-pages.ts';
import { GithubRefusal } from './refusal.ts';
import { DAY, parsed, type SweepNeeds } from './sweep-needs.ts';
import { ranks, type Wanted } from './work-list.ts';

/** https://docs.github.com/en/rest/secret-scanning/secret-scanning#list-secret-scanning-alerts-for-a-repository */
const Alerts = z.array(z.object({ number: z.number(), updated_at: z.string().nullish(), created_at: z.string() }));

/**
 * The list leaves out what it calls generic patterns unless each is named; a key in an `Authorization` header is one of them.
 * https://docs.github.com/en/code-security/secret-scanning/introduction/supported-secret-scanning-patterns#non-provider-patterns
 */
const GENERIC = [
  ...['http_basic_authentication_header', 'http_bearer_authentication_header', 'password', 'rsa_private_key'],
  ...['mongodb_connection_string', 'mysql_connection_string', 'postgres_connection_string'],
  ...['openssh_private_key', 'pgp_private_key', 'ec_private_key', 'generic_private_key'],
];
export const alertLists = [
  { cursor: 'alerts', filter: '' },
  { cursor: 'generic', filter: `&secret_type=${GENERIC.join(',')}` },
] as const;

/** At the first look every open alert is wanted: each may be a key that lives. */
export const sweepAlerts = async (
  repo: string,
  { cursor, filter }: (typeof alertLists)[number],
  needs: SweepNeeds,
): Promise<void> => {
  const { cursors, clock, want } = needs;
  const name = `${cursor} ${repo}`;
  const seen = cursors.get(name);
  if (seen?.startsWith('off ') && clock.now() - Number(seen.slice(4)) < DAY) return;
  const since = seen === undefined || seen.startsWith('off ') ? '' : seen;
  const mode = since === '' ? 'backfill' : 'live';
  const query = `state=open&sort=updated&direction=desc&hide_secret=true&per_page=100${filter}`;
  let newest = since;
  const read = async (bytes: Uint8Array): Promise<'more' | 'enough'> => {
    const page = parsed(Alerts, bytes).map((one) => ({ ...one, at: one.updated_at ?? one.created_at }));
    const fresh = page.filter(({ at }) => at >= since);
    for (const { number, at } of fresh) {
      const alert: Wanted = { kind: 'alert', repo, item: `${number}`, again: at > since, rank: ranks.missed };
      await want([alert], { source: 'github-alert', mode, receivedAt: Date.parse(at) });
      if (at > newest) newest = at;
    }
    return fresh.length < page.length ? 'enough' : 'more';
  };
  try {
    await readIfChanged(`/repos/${repo}/secret-scanning/alerts?${query}`, needs, read);
  } catch (error) {
    // The feature is off, we may not see it, or an older server does not know a pattern: looked at again tomorrow.
    if (!(error instanceof GithubRefusal) || ![403, 404, 422].includes(error.status) || error.waitMs !== undefined)
      throw error;
    return cursors.set(name, `off ${clock.now()}`);
  }
  const upTo = newest === '' ? new Date(clock.now()).toISOString() : newest;
  if (upTo !== seen) await cursors.set(name, upTo);
};

import * as z from 'zod';
import type { Fact } from '../../core/facts.ts';
import { nextPage, wholeBody } from './answer.ts';
import type { GithubClient } from './client.ts';
import type { Cursors } from './cursors.ts';
import type { GithubDeliveries } from './deliveries.ts';
import type { Intake, Way } from './intake.ts';
import { readJson64 } from './json64.ts';
import type { Hook } from './places.ts';
import { GithubRefusal } from './refusal.ts';

export interface LostNeeds {
  readonly github: GithubClient;
  readonly deliveries: GithubDeliveries;
  readonly intake: Intake;
  readonly cursors: Cursors;
  note(fact: Fact): void;
}

/** An attempt is listed a moment after it was made. */
const OVERLAP_MS = 10 * 60_000;
const MOST_ATTEMPTS = 3;

/** https://docs.github.com/en/rest/repos/webhooks#list-deliveries-for-a-repository-webhook */
const Delivery = z.object({
  id: z.union([z.string(), z.number()]).transform(String),
  guid: z.string(),
  delivered_at: z
    .string()
    .transform((text) => Date.parse(text))
    .pipe(z.number()),
  status: z.string(),
  event: z.string(),
});
type Delivery = z.infer<typeof Delivery>;
const Page = z.array(Delivery);
const Whole = z.object({ request: z.object({ payload: z.record(z.string(), z.unknown()).nullish() }) });

/** Where the deliveries of a hook are, and as whom they are asked for. */
const pathOf = ({ kind, id, owner }: Hook): { readonly path: string; readonly as: 'app' | { account: string } } => {
  if (kind === 'app') return { path: '/app/hook/deliveries', as: 'app' };
  const path = kind === 'repository' ? `/repos/${owner}/hooks/${id}` : `/orgs/${owner}/hooks/${id}`;
  return { path: `${path}/deliveries`, as: { account: owner } };
};

/** How far the deliveries of a hook were read. By GitHub's clock (epoch ms), never by ours. */
interface Standing {
  /** What was delivered until then is had. */
  readonly until: number;
  /** A look that something ended: its first page told of things until then, and the next one is at this query. */
  readonly open?: { readonly newest: number; readonly query: string };
}

const standingOf = (text = '0'): Standing => {
  const [until, newest, query] = text.split(' ');
  return { until: Number(until), ...(query && { open: { newest: Number(newest), query } }) };
};

/**
 * Finds deliveries of a hook that failed since we looked last, and that never came after all, and has them: their payload is
 * read back; where GitHub does not give it, it is asked to deliver again. Rejects with `GithubRefusal`, and as `Outlet` does;
 * then the next look goes on at the page where this one ended, and has after that what came meanwhile.
 */
export const recoverLost = async (hook: Hook, needs: LostNeeds, way: Way): Promise<void> => {
  const { cursors } = needs;
  const name = `deliveries ${hook.kind} ${hook.id}`;
  for (;;) {
    const standing = standingOf(cursors.get(name));
    const { until, open } = standing;
    await look(hook, standing, { ...needs, way, name }).catch((error: unknown) => {
      // The page is not there any more: the next look begins anew.
      if (!open || !isGone(error)) throw error;
      return cursors.set(name, `${until}`);
    });
    if (!open) return;
  }
};

/** Reads page by page, newest first, to where all is had. A `status=failure` would leave out those that got no answer. */
const look = async (
  hook: Hook,
  { until, open }: Standing,
  { name, ...needs }: RecoverNeeds & { readonly name: string },
): Promise<void> => {
  const { github, cursors, way } = needs;
  const { path, as } = pathOf(hook);
  const since = until - OVERLAP_MS;
  let newest = open?.newest;
  let query: string | undefined = open?.query ?? '?per_page=100';
  while (query) {
    const { body, headers } = await github.ask({ path: `${path}${query}`, as, stop: way.stop });
    const { data: page } = Page.safeParse(readJson64(await wholeBody(body)));
    if (!page) throw new GithubRefusal(200, 'an answer that is no list of deliveries');
    newest ??= page[0]?.delivered_at ?? until;
    const fresh = page.filter((one) => one.delivered_at >= since);
    await recoverAll(hook, fresh, needs);
    const next = fresh.length === page.length ? nextPage(String(headers['link'] ?? '')) : undefined;
    query = next && URL.parse(next)?.search;
    await cursors.set(name, query ? `${until} ${newest} ${query}` : `${newest}`);
  }
};

/** Oldest first: what was told first is read first. */
const recoverAll = async (hook: Hook, deliveries: readonly Delivery[], needs: RecoverNeeds): Promise<void> => {
  const told = deliveries.filter(({ event }) => event !== 'ping');
  for (const attempts of [...Map.groupBy(told, ({ guid }) => guid).values()].reverse()) {
    const [last] = attempts;
    if (!last || attempts.some(({ status }) => status === 'OK') || needs.deliveries.isKnownGuid(last.guid)) continue;
    if (triedFor(last, needs) > MOST_ATTEMPTS) continue;
    await recover(hook, attempts, needs).catch((error: unknown) => {
      // One that GitHub does not give any more must not keep the others from being had.
      if (!isGone(error)) throw error;
      return lose(hook, last, { ...needs, detail: error.message });
    });
  }
};

/** How often it was asked for again; more than the most when it was said to be lost. */
const triedFor = ({ guid }: Delivery, { cursors }: LostNeeds): number =>
  Number(cursors.get(`redelivered ${guid}`) ?? 0);

const isGone = (error: unknown): error is GithubRefusal =>
  error instanceof GithubRefusal && [400, 404, 410, 422].includes(error.status);

/** It is said once. */
const lose = async (
  hook: Hook,
  { guid, event }: Delivery,
  { note, cursors, detail }: LostNeeds & { readonly detail: string },
): Promise<void> => {
  await cursors.set(`redelivered ${guid}`, String(MOST_ATTEMPTS + 1));
  note({ type: 'delivery.lost', locator: locatorOf(hook, guid), event, detail });
};

const locatorOf = ({ owner }: Hook, guid: string): string => `${owner || 'App'} (delivery ${guid})`;

interface RecoverNeeds extends LostNeeds {
  readonly way: Way;
}

const recover = async (hook: Hook, attempts: readonly Delivery[], needs: RecoverNeeds): Promise<void> => {
  const { github, note, intake, way } = needs;
  const [last] = attempts;
  if (!last) return;
  const { path, as } = pathOf(hook);
  const { guid, event } = last;
  const locator = locatorOf(hook, guid);
  const answer = Whole.safeParse(await github.json({ path: `${path}/${last.id}`, as, stop: way.stop })).data;
  const payload = answer?.request.payload;
  if (!payload) return redeliver(hook, attempts, { ...needs, locator });
  const told = {
    ...({ event, source: 'github-webhook', mode: 'live', bytes: Buffer.from(JSON.stringify(payload)) } as const),
    receivedAt: attempts.at(-1)?.delivered_at ?? last.delivered_at,
    // The bytes are not those that were sent, so their digest says nothing.
    id: { guid, digest: 'read-back' },
  };
  if ((await intake(told, way)) === 'malformed')
    return lose(hook, last, { ...needs, detail: 'not a payload that GitHub documents' });
  note({ type: 'delivery.recovered', how: 'read-back', locator, event });
};

/** It comes as the same delivery did, with the same number; a few times only. */
const redeliver = async (
  hook: Hook,
  attempts: readonly Delivery[],
  { locator, ...needs }: RecoverNeeds & { readonly locator: string },
): Promise<void> => {
  const { github, note, way, cursors } = needs;
  const { path, as } = pathOf(hook);
  const [last] = attempts;
  if (!last) return;
  const { guid, event } = last;
  const tried = triedFor(last, needs);
  if (tried === MOST_ATTEMPTS) return lose(hook, last, { ...needs, detail: `redelivered ${tried} times` });
  await cursors.set(`redelivered ${guid}`, String(tried + 1));
  await github.json({ method: 'POST', path: `${path}/${last.id}/attempts`, as, stop: way.stop });
  note({ type: 'delivery.recovered', how: 'redelivered', locator, event });
};

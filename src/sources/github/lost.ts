import * as z from 'zod';
import type { Clock } from '../../core/clock.ts';
import type { Fact } from '../../core/facts.ts';
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
  readonly clock: Clock;
  note(fact: Fact): void;
}

/** GitHub keeps deliveries for 3 days, an Enterprise Server for 7. */
const KEPT_MS = 7 * 24 * 3_600_000;
/** An attempt is listed a moment after it was made. */
const OVERLAP_MS = 10 * 60_000;
const MOST_ATTEMPTS = 3;

/** https://docs.github.com/en/rest/repos/webhooks#list-deliveries-for-a-repository-webhook */
const Delivery = z.object({
  id: z.union([z.string(), z.number()]).transform(String),
  guid: z.string(),
  delivered_at: z.string(),
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

/**
 * Finds deliveries of a hook that failed since we looked last, and that never came after all, and has them: their payload is
 * read back; where GitHub does not give it, it is asked to deliver again. Rejects with `GithubRefusal`, and as `Outlet` does;
 * then the cursor stays.
 */
export const recoverLost = async (hook: Hook, needs: LostNeeds, way: Way): Promise<void> => {
  const { cursors, clock } = needs;
  const name = `deliveries ${hook.kind} ${hook.id}`;
  const since = Math.max(Number(cursors.get(name) ?? 0) - OVERLAP_MS, clock.now() - KEPT_MS);
  const begun = clock.now();
  for (const attempts of byGuid(await listSince(hook, since, { ...needs, stop: way.stop }))) {
    const [last] = attempts;
    if (!last || attempts.some(({ status }) => status === 'OK') || needs.deliveries.isKnownGuid(last.guid)) continue;
    await recover(hook, attempts, { ...needs, way }).catch((error: unknown) => lose(hook, last, { ...needs, error }));
  }
  await cursors.set(name, String(begun));
};

/** Every attempt since then, newest first. A `status=failure` would leave out those that got no answer. */
const listSince = async (hook: Hook, since: number, { github, stop }: LostNeeds & { readonly stop: AbortSignal }) => {
  const { path, as } = pathOf(hook);
  const found: Delivery[] = [];
  for await (const bytes of github.pages({ path: `${path}?per_page=100`, as, stop }, Number.POSITIVE_INFINITY)) {
    const { data: page } = Page.safeParse(readJson64(bytes));
    if (!page) throw new GithubRefusal(200, 'an answer that is no list of deliveries');
    const fresh = page.filter((one) => Date.parse(one.delivered_at) >= since && one.event !== 'ping');
    found.push(...fresh);
    if (page.some((one) => Date.parse(one.delivered_at) < since)) break;
  }
  return found;
};

const byGuid = (deliveries: readonly Delivery[]): readonly (readonly Delivery[])[] =>
  // Oldest first: what was told first is read first.
  [...Map.groupBy(deliveries, ({ guid }) => guid).values()].reverse();

/** One that GitHub does not give any more must not keep the others from being had. */
const lose = (
  hook: Hook,
  { guid, event }: Delivery,
  { note, error }: LostNeeds & { readonly error: unknown },
): void => {
  if (!(error instanceof GithubRefusal) || ![404, 410, 422].includes(error.status)) throw error;
  note({ type: 'delivery.lost', locator: locatorOf(hook, guid), event, detail: error.message });
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
    receivedAt: Date.parse(attempts.at(-1)?.delivered_at ?? last.delivered_at),
    // The bytes are not those that were sent, so their digest says nothing.
    id: { guid, digest: 'read-back' },
  };
  if ((await intake(told, way)) === 'malformed')
    return note({ type: 'delivery.lost', locator, event, detail: 'not a payload that GitHub documents' });
  note({ type: 'delivery.recovered', how: 'read-back', locator, event });
};

/** It comes as the same delivery did, with the same number; a few times only. */
const redeliver = async (
  hook: Hook,
  attempts: readonly Delivery[],
  { github, note, way, cursors, locator }: RecoverNeeds & { readonly locator: string },
): Promise<void> => {
  const { path, as } = pathOf(hook);
  const [last] = attempts;
  if (!last) return;
  const { guid, event } = last;
  const tried = Number(cursors.get(`redelivered ${guid}`) ?? 0);
  if (tried > MOST_ATTEMPTS) return;
  await cursors.set(`redelivered ${guid}`, String(tried + 1));
  if (tried === MOST_ATTEMPTS)
    return note({ type: 'delivery.lost', locator, event, detail: `redelivered ${tried} times` });
  await github.json({ method: 'POST', path: `${path}/${last.id}/attempts`, as, stop: way.stop });
  note({ type: 'delivery.recovered', how: 'redelivered', locator, event });
};

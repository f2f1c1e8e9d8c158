import * as z from 'zod';
import type { GithubClient } from './client.ts';
import { type Checked, probe, right, wrong } from './doctor-checked.ts';
import { events } from './needed.ts';
import type { Hook } from './places.ts';
import { WEBHOOK_PATH } from './webhook.ts';

export interface HookNeeds {
  readonly github: GithubClient;
  /** Those that deliveries came from. */
  readonly hooks?: readonly Hook[] | undefined;
  readonly now: () => number;
  readonly stop: AbortSignal;
}

const Config = z.object({
  url: z.string().nullish(),
  content_type: z.string().nullish(),
  insecure_ssl: z.union([z.string(), z.number()]).nullish(),
  secret: z.string().nullish(),
});
const Hooks = z.array(
  z.object({ id: z.union([z.number(), z.string()]), active: z.boolean(), events: z.array(z.string()), config: Config }),
);
const Deliveries = z.array(z.object({ delivered_at: z.string(), status: z.string(), event: z.string() }));

/** Looks at webhooks. Rejects with `GithubRefusal`. */
export interface HookLook {
  ofApp(): Promise<readonly Checked[]>;
  /** Its own, or that of its organization. */
  of(repo: string): Promise<readonly Checked[]>;
}

export const createHookLook = (needs: HookNeeds): HookLook => {
  const { github, stop, now } = needs;
  const organizations = new Map<string, Found>();
  /** Each is asked about once. */
  const organization = async (name: string): Promise<Found> => {
    const found = organizations.get(name) ?? (await hookOn(`/orgs/${name}`, name, needs));
    organizations.set(name, typeof found === 'string' ? found : []);
    return found;
  };
  return {
    async ofApp() {
      const config = await github.json({ path: '/app/hook/config', as: 'app', stop });
      const deliveries = await github.json({ path: '/app/hook/deliveries?per_page=50', as: 'app', stop });
      return [...hookConfig('the App', config), ...lately('the App', deliveries, now())];
    },
    async of(repo) {
      const own = await hookOn(`/repos/${repo}`, repo, needs);
      if (typeof own !== 'string') return own;
      const [name = ''] = repo.split('/');
      const theirs = await organization(name);
      if (typeof theirs !== 'string') return [right(`${repo}: the webhook of ${name} tells of it`), ...theirs];
      const isKnown = needs.hooks?.some(({ kind, owner }) => kind === 'organization' && same(owner, name));
      if (isKnown) return [right(`${repo}: a webhook of ${name} has delivered here`)];
      if (own === 'hidden')
        return [
          wrong(`${repo}: its webhooks cannot be seen`, `give the token ${READ_AND_WRITE}, to recover deliveries`),
        ];
      const [none] = hookConfig(repo, {});
      const unseen = theirs === 'hidden' ? '; one of an organization is seen with the scope admin:org_hook only' : '';
      return none ? [{ ...none, mend: `${none.mend}${unseen}` }] : [];
    },
  };
};

const READ_AND_WRITE = 'webhooks: read and write';
const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/** `hidden`: the credential may not see hooks there. */
type Found = readonly Checked[] | 'none' | 'hidden';

/** The hook there that sends to us. */
const hookOn = async (path: string, whose: string, { github, stop, now }: HookNeeds): Promise<Found> => {
  const listed = await probe(() => github.json({ path: `${path}/hooks?per_page=100`, stop }));
  if (listed === 'no') return 'hidden';
  const ours = (Hooks.safeParse(listed).data ?? []).find(
    ({ config }) => URL.parse(config.url ?? '')?.pathname === WEBHOOK_PATH,
  );
  if (!ours) return 'none';
  const deliveries = await github.json({ path: `${path}/hooks/${ours.id}/deliveries?per_page=50`, stop });
  const silent = ours.events.includes('*') || events.every((event) => ours.events.includes(event));
  return [
    ...hookConfig(whose, ours.config),
    ...(ours.active ? [] : [wrong(`${whose}: its webhook is switched off`, 'make it active')]),
    ...(silent ? [] : [wrong(`${whose}: its webhook tells of some events only`, 'choose “Send me everything”')]),
    ...lately(whose, deliveries, now()),
  ];
};

const hookConfig = (whose: string, json: unknown): readonly Checked[] => {
  const { data: config } = Config.safeParse(json);
  if (!config?.url) return [wrong(`${whose} has no webhook`, `set its URL to https://YOUR-HOST${WEBHOOK_PATH}`)];
  const faults = [
    URL.parse(config.url)?.pathname !== WEBHOOK_PATH &&
      wrong(`${whose} sends to ${config.url}`, `the path is ${WEBHOOK_PATH}`),
    config.content_type !== 'json' && wrong(`${whose} sends forms`, 'set its content type to application/json'),
    !config.secret && wrong(`${whose} signs nothing`, 'set a secret there and in WEBHOOK_SECRET'),
    String(config.insecure_ssl ?? '0') !== '0' && wrong(`${whose} does not verify TLS`, 'enable SSL verification'),
  ].filter((fault) => fault !== false);
  return faults.length > 0 ? faults : [right(`${whose} sends signed JSON to ${config.url}`)];
};

const lately = (whose: string, json: unknown, now: number): readonly Checked[] => {
  const [last, ...more] = Deliveries.safeParse(json).data ?? [];
  if (!last)
    return [wrong(`${whose} has delivered nothing lately`, 'cause an event, such as a comment, and look again')];
  const all = [last, ...more];
  const failed = all.filter(({ status }) => status !== 'OK');
  const minutes = Math.round((now - Date.parse(last.delivered_at)) / 60_000);
  const what = `${whose}: ${all.length - failed.length} of the last ${all.length} deliveries arrived, the last ${minutes} min ago`;
  if (failed.length === 0) return [right(what)];
  const why = [...new Set(failed.map(({ status }) => status))].join(', ');
  return [wrong(`${what}; failed: ${why}`, 'is the ingress reachable from GitHub? What failed is read back by itself')];
};

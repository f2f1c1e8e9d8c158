import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFaults } from './faults.ts';
import type { AlertOptions } from './github/alert-routes.ts';
import { createAlerts, createScanning, type Scanning } from './github/alerts.ts';
import { type App, createCallers } from './github/callers.ts';
import { type Changes, createChanges } from './github/changes.ts';
import { createFeed, type Feed } from './github/feed.ts';
import { createForking, type Forking } from './github/forks.ts';
import { createHooks, type Hooks } from './github/hooks.ts';
import { createLimits } from './github/limits.ts';
import type { HookKind } from './github/parcel.ts';
import { createPartner, type Partner } from './github/partner.ts';
import { createPushing, type Pushing } from './github/pushing.ts';
import { createReleasing, type Releasing } from './github/releases.ts';
import { createRepositories } from './github/repositories.ts';
import { createRooms } from './github/rooms.ts';
import { createFinder, problem } from './github/route.ts';
import { createRoutes, type GithubRoute } from './github/routes.ts';
import { createRunning, type Running } from './github/runs.ts';
import { type Check, createServing } from './github/server.ts';
import { createStock } from './github/stock.ts';
import { type Storage, startStorage } from './github/storage.ts';
import { createSwitches, type Switches } from './github/switches.ts';
import { createTagging, type Tagging } from './github/tags.ts';
import type { Talk } from './github/talk.ts';
import { createTalk } from './github/talker.ts';
import type { World } from './github/world.ts';
import { listen, send, stopListening } from './http.ts';

export interface EmulatedGithubOptions extends AlertOptions {
  /** What callers must present, as `Bearer` or `token`; it is a person's token, see `login`. */
  readonly token: string;
  /** Whose token it is; default octocat. */
  readonly login?: string;
  readonly webhookSecret: string;
  /** Where webhooks go; without it nothing is sent until `setHookUrl`. */
  readonly hookUrl?: string;
  /** What the hook of `hookUrl` hangs on; default: on each repository. */
  readonly hookKind?: HookKind;
  /** The GitHub App that may sign in by JWT and take installation tokens. */
  readonly app?: App;
  /** Owners that are organizations; all others are people. */
  readonly organizations?: readonly string[];
  /** Milliseconds since 1970; default Date.now. */
  readonly now?: () => number;
  /** Every REST answer comes this much late, in ms. */
  readonly latencyMs?: number;
  /** How long a webhook's receiver may take; GitHub gives 10,000 ms, the default. */
  readonly hookTimeoutMs?: number;
  /** Looks at every call that is emulated; what it finds wrong is answered with 422. */
  readonly check?: Check;
}

type Parts = Talk &
  Scanning &
  Pushing &
  Tagging &
  Forking &
  Releasing &
  Running &
  Changes &
  Partner &
  Switches &
  Pick<Feed, 'holdEvents'> &
  Pick<Hooks, 'deliver' | 'redeliver' | 'deliveries'>;

/** An emulated GitHub on a loopback port: real git repositories, REST answers taken from them, signed webhooks. */
export interface EmulatedGithub extends Parts {
  /** The base URL of the REST API, without a slash at its end; git is served at `<url>/<owner>/<name>.git`. */
  readonly url: string;
  /** Where webhooks go from now on, and what their hook hangs on (default: as before). */
  setHookUrl(url: string | undefined, kind?: HookKind): void;
  /** One more hook, of a repository (its full name), an organization or the App (''); gives its id. */
  addHook: Hooks['add'];
  setLatency(ms: number): void;
  /** REST calls by route since the start. */
  calls(): Readonly<Record<GithubRoute, number>>;
  /** Stops and removes the repositories. */
  close(): Promise<void>;
}

/** What goes on after an answer, to be waited for at the end. */
const createBackground = () => {
  const running = new Set<Promise<unknown>>();
  return {
    later(work: Promise<unknown>): void {
      const mine = work.catch(() => undefined).finally(() => running.delete(mine));
      running.add(mine);
    },
    settled: () => Promise.all(running),
  };
};

/** The App's installation on each account: numbered from 1 as accounts are met. */
const createInstallations = () => {
  const ids = new Map<string, number>();
  return (account: string): number => {
    ids.set(account, ids.get(account) ?? ids.size + 1);
    return ids.get(account) ?? 0;
  };
};

const build = (
  options: EmulatedGithubOptions,
  { api, root, storage }: { api: string; root: string; storage: Storage },
) => {
  const { now = Date.now, hookTimeoutMs: timeoutMs = 10_000, organizations = [], login = 'octocat', app } = options;
  const closing = new AbortController();
  const { later, settled } = createBackground();
  const repositories = createRepositories({ root, now, organizations });
  const covers = (name: string): boolean => repositories.find(name)?.installed ?? true;
  const secrets = { secret: options.webhookSecret, appSecret: app?.webhookSecret };
  const hooks = createHooks({ ...secrets, now, timeoutMs, covers, closed: closing.signal });
  hooks.setUrl(options.hookUrl, options.hookKind);
  const place = { api, html: 'https://github.com' };
  const feed = createFeed({ api, now });
  const installationOf = createInstallations();
  const world: World = { place, repositories, hooks, feed, now, later, installationOf, ...(app && { app }) };
  const [rooms, stock, alerts, limits] = [createRooms(now), createStock(), createAlerts(world), createLimits(now)];
  const { partner, routes: own } = createPartner();
  const callers = createCallers({ token: options.token, login, app, now });
  const routes = createRoutes(world, { rooms, alerts, limits, stock, callers, storage, partner: own, options });
  const end = async (): Promise<void> => {
    closing.abort();
    await Promise.all([settled(), storage.close()]);
  };
  return { world, rooms, stock, alerts, limits, partner, routes, callers, end };
};

/** Starts an emulated GitHub; it answers until `close`. Needs the git command. */
export const startEmulatedGithub = async (options: EmulatedGithubOptions): Promise<EmulatedGithub> => {
  const root = await mkdtemp(join(tmpdir(), 'keyfuse-github-'));
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    serve(request, response).catch((error: unknown) => send(response, problem(500, String(error))));
  });
  const [api, storage] = [await listen(server), await startStorage(options.now ?? Date.now)];
  const { world, rooms, stock, alerts, limits, partner, routes, callers, end } = build(options, { api, root, storage });
  const faults = createFaults<GithubRoute>();
  const names: readonly GithubRoute[] = [...(Object.keys(routes) as (keyof typeof routes)[]), 'git', 'unknown'];
  const calls = Object.fromEntries(names.map((name) => [name, 0])) as Record<GithubRoute, number>;
  let { latencyMs = 0 } = options;
  const count = (name: GithubRoute): void => {
    calls[name] += 1;
  };
  const gates = { world, callers, limits, faults, count, check: options.check, latencyMs: () => latencyMs };
  const serve = createServing({ find: createFinder(routes), ...gates });
  const { deliver, redeliver, deliveries, setUrl, add } = world.hooks;
  return {
    url: api,
    ...createPushing(world, rooms),
    ...createTagging(world),
    ...createForking(world, rooms),
    ...createReleasing(world, stock),
    ...createRunning(world, stock),
    ...createChanges(world),
    ...partner,
    ...createTalk(world, rooms),
    ...createScanning(world, alerts),
    ...createSwitches(faults, limits),
    ...{ deliver, redeliver, deliveries, setHookUrl: setUrl, addHook: add, holdEvents: world.feed.holdEvents },
    setLatency: (ms) => {
      latencyMs = ms;
    },
    calls: () => ({ ...calls }),
    async close() {
      await stopListening(server);
      await end();
      await rm(root, { recursive: true, force: true });
    },
  };
};

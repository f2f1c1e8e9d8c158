import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Aim, createFaults, type Fault, type Faults, type Injection, play } from './faults.ts';
import { answerCall, type Call, findCall, type GithubRoute, problem } from './github/api.ts';
import { createHooks, type Delivery, type Hooks } from './github/hooks.ts';
import { pushPayload } from './github/push.ts';
import { applyPush, createRepositories, deleteBranch, type Moved, type Push } from './github/repositories.ts';
import type { Json, Place } from './github/shapes.ts';
import type { Talk } from './github/talk.ts';
import { createTalk } from './github/talker.ts';
import { type Answer, listen, readBody, send, stopListening } from './http.ts';

export interface EmulatedGithubOptions {
  /** What callers must present, as `Bearer` or `token`. */
  readonly token: string;
  readonly webhookSecret: string;
  /** Where webhooks go; without it nothing is sent until `setHookUrl`. */
  readonly hookUrl?: string;
  /** Milliseconds since 1970; default Date.now. */
  readonly now?: () => number;
  /** Every REST answer comes this much late, in ms. */
  readonly latencyMs?: number;
  /** How long a webhook's receiver may take; GitHub gives 10,000 ms, the default. */
  readonly hookTimeoutMs?: number;
}

/** A push that was made, and the webhook that told it. */
interface Pushed extends Moved {
  readonly payload: Json;
  readonly delivery: Delivery | undefined;
}

/** An emulated GitHub on a loopback port: real git repositories, REST answers taken from them, signed webhooks. */
export interface EmulatedGithub extends Talk, Pick<Hooks, 'deliver' | 'redeliver' | 'deliveries'> {
  /** The base URL of the REST API, without a slash at its end. */
  readonly url: string;
  /** Makes an empty repository and gives the folder of its bare git repository. */
  createRepository(fullName: string, options?: { readonly private?: boolean }): Promise<string>;
  push(repository: string, push: Push): Promise<Pushed>;
  deleteBranch(repository: string, branch: string): Promise<Pushed>;
  setHookUrl(url: string | undefined): void;
  setLatency(ms: number): void;
  inject(fault: Fault, aim?: Aim<GithubRoute>): Injection;
  clearFaults(): void;
  /** The fresh-push race: the next `times` commit calls answer 404 (or 409, 422), as if the commit were not there yet. */
  race(times: number, status?: 404 | 409 | 422): Injection;
  /** The next `times` calls meet a rate limit that lasts `seconds` (default 1) and answers 403 or 429 (default 403). */
  limit(kind: 'primary' | 'secondary', times: number, how?: { seconds?: number; status?: 403 | 429 }): Injection;
  /** The next `times` calls fail with this status. */
  fail(status: number, times: number): Injection;
  /** REST calls by route since the start. */
  calls(): Readonly<Record<GithubRoute, number>>;
  /** Stops and removes the repositories. */
  close(): Promise<void>;
}

const HOURLY = 5000;

interface Hub {
  readonly options: EmulatedGithubOptions;
  readonly place: Place;
  readonly repositories: ReturnType<typeof createRepositories>;
  readonly faults: Faults<GithubRoute>;
  readonly calls: Record<GithubRoute, number>;
  readonly now: () => number;
  latencyMs: number;
  used: number;
}

const quota = ({ used, now }: Hub) => {
  const reset = (Math.floor(now() / 3_600_000) + 1) * 3600;
  return { limit: HOURLY, used, remaining: Math.max(0, HOURLY - used), reset };
};

const quotaHeaders = (hub: Hub): Record<string, string> =>
  Object.fromEntries(
    Object.entries({ ...quota(hub), resource: 'core' }).map(([name, value]) => [`x-ratelimit-${name}`, String(value)]),
  );

const act = async (hub: Hub, call: Call, request: IncomingMessage): Promise<Answer> => {
  const { authorization = '', accept = '' } = request.headers;
  if (!/^(token|bearer) /i.test(authorization)) return problem(401, 'Requires authentication');
  if (authorization.slice(authorization.indexOf(' ') + 1) !== hub.options.token) return problem(401, 'Bad credentials');
  const asked = { url: new URL(request.url ?? '/', hub.place.api), accept, place: hub.place };
  if (call.route === 'rate_limit') {
    return { status: 200, body: { resources: { core: quota(hub) }, rate: quota(hub) }, headers: quotaHeaders(hub) };
  }
  hub.used += 1;
  const answer = await answerCall(hub.repositories.find(call.repository), call, asked);
  return { ...answer, headers: { ...quotaHeaders(hub), ...answer.headers } };
};

const answer = async (hub: Hub, request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const call = findCall(request.method ?? '', (request.url ?? '').split('?')[0] ?? '');
  hub.calls[call.route] += 1;
  await readBody(request);
  if (hub.latencyMs > 0) await sleep(hub.latencyMs);
  const fault = hub.faults.strike(call.route);
  const turn = { response, act: () => act(hub, call, request) };
  if (fault) await play(fault, turn);
  else send(response, await turn.act());
};

const failure = (status: number, message: string, headers: Record<string, string> = {}): Fault => ({
  kind: 'status',
  ...problem(status, message, headers),
});

const RACES = { 404: 'Not Found', 409: 'Git Repository is empty.', 422: 'No commit found for SHA' } as const;

const limits = (hub: Hub) => ({
  primary: (status: number, seconds: number): Fault =>
    failure(status, 'API rate limit exceeded for installation ID 1.', {
      ...quotaHeaders(hub),
      'x-ratelimit-remaining': '0',
      'x-ratelimit-reset': String(Math.ceil(hub.now() / 1000) + seconds),
    }),
  secondary: (status: number, seconds: number): Fault =>
    failure(status, 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.', {
      ...quotaHeaders(hub),
      'retry-after': String(seconds),
    }),
});

type Switches = 'setLatency' | 'inject' | 'clearFaults' | 'race' | 'limit' | 'fail' | 'calls';

const switches = (hub: Hub): Pick<EmulatedGithub, Switches> => ({
  setLatency: (ms) => {
    hub.latencyMs = ms;
  },
  inject: hub.faults.inject,
  clearFaults: hub.faults.clear,
  race: (times, status = 404) => hub.faults.inject(failure(status, RACES[status]), { route: 'commit', times }),
  limit: (kind, times, { seconds = 1, status = 403 } = {}) =>
    hub.faults.inject(limits(hub)[kind](status, seconds), { times }),
  fail: (status, times) => hub.faults.inject(failure(status, 'Server Error'), { times }),
  calls: () => ({ ...hub.calls }),
});

const NO_CALLS = { commit: 0, commits: 0, compare: 0, blob: 0, repository: 0, rate_limit: 0, unknown: 0 };

/** Starts an emulated GitHub; it answers until `close`. Needs the git command. */
export const startEmulatedGithub = async (options: EmulatedGithubOptions): Promise<EmulatedGithub> => {
  const { webhookSecret: secret, hookUrl, now = Date.now, latencyMs = 0, hookTimeoutMs: timeoutMs = 10_000 } = options;
  const root = await mkdtemp(join(tmpdir(), 'keyfuse-github-'));
  const repositories = createRepositories(root, now);
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    answer(hub, request, response).catch((error: unknown) => send(response, problem(500, String(error))));
  });
  const place: Place = { api: await listen(server), html: 'https://github.com' };
  const faults = createFaults<GithubRoute>();
  const hub: Hub = { options, place, repositories, faults, calls: { ...NO_CALLS }, now, latencyMs, used: 0 };
  const hooks = createHooks({ secret, now, timeoutMs });
  hooks.setUrl(hookUrl);
  const told = async (name: string, moved: Moved): Promise<Pushed> => {
    const payload = await pushPayload(repositories.get(name), moved, place);
    return { ...moved, payload, delivery: await hooks.deliver('push', payload) };
  };
  return {
    url: place.api,
    createRepository: async (name, how) => (await repositories.create(name, how)).git.directory,
    push: async (name, push) => told(name, await applyPush(repositories.get(name), push, now())),
    deleteBranch: async (name, branch) => told(name, await deleteBranch(repositories.get(name), branch)),
    setHookUrl: hooks.setUrl,
    ...createTalk({ find: repositories.get, hooks, place, now }),
    ...{ deliver: hooks.deliver, redeliver: hooks.redeliver, deliveries: hooks.deliveries },
    ...switches(hub),
    async close() {
      await stopListening(server);
      await rm(root, { recursive: true, force: true });
    },
  };
};

import type { Octokit } from '@octokit/rest';
import type { Clock } from '../../core/clock.ts';
import type { Fact } from '../../core/facts.ts';
import type { GithubClientName } from '../../core/github-facts.ts';
import type { AnswerClass } from '../../core/issuer.ts';
import { createTimer, type GithubAnswer, linkedTo, orQuit, type Patience, readBody } from './answer.ts';
import type { Caller } from './client-credentials.ts';
import { refusalOf } from './refusal.ts';

export interface Call {
  /** `/repos/…`; or a whole URL of the same host, as `Link` gives them. */
  readonly path: string;
  /** Without it: who may see the account that the path begins with. */
  readonly as?: Caller;
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  readonly accept?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Readonly<Record<string, unknown>>;
  readonly stop: AbortSignal;
}

export interface Sent extends Omit<Call, 'as' | 'path'> {
  readonly url: string;
  readonly authorization: string | undefined;
}

/** Pinned, because GitHub changes shapes between versions. https://docs.github.com/en/rest/about-the-rest-api/api-versions */
const VERSION = { 'x-github-api-version': '2022-11-28' };
const JSON_TYPE = 'application/vnd.github+json';
export const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

interface SendNeeds {
  readonly clock: Clock;
  readonly note?: ((fact: Fact) => void) | undefined;
  readonly octokit: Octokit;
  readonly base: string;
  readonly name: GithubClientName;
  readonly timeoutMs: number;
}

/** One call. Octokit's own body reader is not used: it keeps any length, and gives half an answer as if it were whole. */
export const createSend = (needs: SendNeeds) => {
  const { octokit, base, clock, timeoutMs } = needs;
  const tell = createTell(needs);
  return async ({ url, authorization, method = 'GET', accept = JSON_TYPE, body, stop, ...call }: Sent) => {
    const patience: Patience = { clock, timeoutMs, quit: linkedTo(stop) };
    const timer = createTimer(patience);
    let begun: number | undefined;
    // The calm client's calls wait for each other: the time counts from here on.
    const fetchNow: typeof fetch = (...sent) => {
      begun = clock.monotonic();
      timer.begin();
      return fetch(...sent);
    };
    const how = { signal: patience.quit.signal, redirect: 'manual', parseSuccessResponseBody: false } as const;
    const asked = octokit.request({
      method,
      url: within(base, url),
      headers: { ...call.headers, accept, ...VERSION, ...(authorization && { authorization }) },
      request: { ...how, fetch: fetchNow, log: silent },
      ...(body && { data: body }),
    });
    const answer = await orQuit(asked.finally(timer.end), patience.quit).catch((error: unknown) => {
      timer.end();
      patience.quit.abort();
      const refusal = refusalOf(error, clock.now());
      tell(refusal.status, refusal.headers, begun);
      throw refusal;
    });
    tell(answer.status, answer.headers, begun);
    return { status: answer.status, headers: answer.headers, body: readBody(answer.data, patience) };
  };
};

/** Octokit's pace is set by paths: those of an Enterprise Server begin after `/api/v3`. */
const within = (base: string, url: string): string => (url.startsWith(`${base}/`) ? url.slice(base.length) : url);

/** Says how a call was answered; nothing of one that was never sent. */
const createTell = ({ clock, name, note = () => undefined }: SendNeeds) => {
  return (status: number, headers: GithubAnswer['headers'], begun: number | undefined): void => {
    if (begun === undefined) return;
    const seconds = (clock.monotonic() - begun) / 1_000;
    note({ type: 'github.answered', client: name, class: classOf(status), seconds });
    const [remaining, limit] = [headers['x-ratelimit-remaining'], headers['x-ratelimit-limit']].map(Number);
    if (!Number.isFinite(remaining) || !Number.isFinite(limit)) return;
    const resource = headers['x-ratelimit-resource'] === 'core' ? 'core' : 'other';
    note({ type: 'github.rated', client: name, resource, remaining: remaining ?? 0, limit: limit ?? 0 });
  };
};

const classOf = (status: number): AnswerClass => {
  if (status === 0) return 'none';
  if (status === 429) return '429';
  const family = `${Math.floor(status / 100)}xx`;
  return family === '2xx' || family === '3xx' || family === '4xx' ? family : '5xx';
};

import { Octokit } from '@octokit/rest';
import type { Clock } from '../../core/clock.ts';
import type { Secret } from '../../core/secret.ts';
import { type GithubAnswer, inTime, linkedTo, nextPage, type Patience, readBody, wholeBody } from './answer.ts';
import { GithubRefusal, refusalOf } from './refusal.ts';

/** The one door to GitHub's API. Everything rejects with `GithubRefusal`, and ends when `stop` fires. */
export interface GithubClient {
  /** Without a token GitHub shows public commits only, 60 an hour. */
  readonly authenticated: boolean;
  /** The commit's JSON: a page per 300 files, at most 3000 files. */
  commitPages(repo: string, sha: string, stop: AbortSignal): AsyncIterable<Uint8Array>;
  /** A file's raw content, at most 100 MB. */
  blob(repo: string, sha: string, stop: AbortSignal): AsyncIterable<Uint8Array>;
}

export interface GithubSettings {
  readonly token?: Secret | undefined;
  /** `https://HOST/api/v3` for GitHub Enterprise Server. */
  readonly baseUrl?: string | undefined;
  readonly clock: Clock;
  /** The longest silence before an answer, or within it (ms). */
  readonly timeoutMs?: number;
}

/** Pinned, because GitHub changes shapes between versions. https://docs.github.com/en/rest/about-the-rest-api/api-versions */
const API_VERSION = '2022-11-28';
const GITHUB = 'https://api.github.com';
const MOST_PAGES = 20;
const MOST_REDIRECTS = 3;
const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

interface Wanted {
  readonly url: string;
  readonly accept: string;
  readonly stop: AbortSignal;
}

export const createGithub = ({ token, baseUrl = GITHUB, clock, timeoutMs = 15_000 }: GithubSettings): GithubClient => {
  const base = baseUrl.replace(/\/+$/, '');
  const auth = token && { auth: token.expose() };
  const octokit = new Octokit({ baseUrl: base, log: silent, userAgent: 'keyfuse', ...auth });

  const get = async ({ url, accept, stop }: Wanted): Promise<GithubAnswer> => {
    const patience = { clock, timeoutMs, quit: linkedTo(stop) };
    let at = url;
    for (let hops = 0; hops <= MOST_REDIRECTS; hops += 1) {
      const answer = await ask(octokit, { url: at, accept }, patience);
      if (answer.status < 300) return answer;
      at = ours(String(answer.headers['location'] ?? ''), base);
    }
    throw new GithubRefusal(0, 'it redirected too often');
  };

  return {
    authenticated: token !== undefined,
    async *commitPages(repo, sha, stop) {
      let url: string | undefined = `${base}/repos/${repo}/commits/${sha}`;
      for (let page = 0; url && page < MOST_PAGES; page += 1) {
        const answer: GithubAnswer = await get({ url, accept: 'application/vnd.github+json', stop });
        yield await wholeBody(answer.body);
        const next = nextPage(String(answer.headers['link'] ?? ''));
        url = next && ours(next, base);
      }
    },
    async *blob(repo, sha, stop) {
      const url = `${base}/repos/${repo}/git/blobs/${sha}`;
      yield* (await get({ url, accept: 'application/vnd.github.raw+json', stop })).body;
    },
  };
};

/** One call. Octokit's own body reader is not used: it keeps any length, and gives half an answer as if it were whole. */
const ask = async (
  octokit: Octokit,
  { url, accept }: Omit<Wanted, 'stop'>,
  patience: Patience,
): Promise<GithubAnswer> => {
  const { quit, clock } = patience;
  const request = { signal: quit.signal, redirect: 'manual', parseSuccessResponseBody: false, log: silent } as const;
  const headers = { accept, 'x-github-api-version': API_VERSION };
  const asked = octokit.request({ method: 'GET', url, headers, request });
  const answer = await inTime(asked, patience).catch((error: unknown) => {
    quit.abort();
    throw refusalOf(error, clock.now());
  });
  return { status: answer.status, headers: answer.headers, body: readBody(answer.data, patience) };
};

/** Our token goes nowhere else: a redirect or a next page on another host is refused. */
const ours = (url: string, base: string): string => {
  const target = URL.parse(url, base);
  if (target?.origin !== new URL(base).origin) throw new GithubRefusal(0, 'it named another host');
  return target.href;
};

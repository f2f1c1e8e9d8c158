import { Octokit } from '@octokit/rest';
import type { Clock } from '../../core/clock.ts';
import type { Fact } from '../../core/facts.ts';
import type { GithubClientName } from '../../core/github-facts.ts';
import { type GithubAnswer, inTime, linkedTo, nextPage, orQuit, wholeBody } from './answer.ts';
import { createSilence, paced, type Silence } from './client-calm.ts';
import { type Caller, type Credentials, createCredentials, type GithubCredentials } from './client-credentials.ts';
import { type Call, createSend, silent } from './client-send.ts';
import { readJson64 } from './json64.ts';
import { GithubRefusal, refusalElsewhere, refusalOf } from './refusal.ts';

/** The one door to GitHub's API. Everything rejects with `GithubRefusal`, and ends when `stop` fires. */
export interface GithubClient {
  /** Without a credential GitHub shows public repositories only, 60 calls an hour. */
  readonly authenticated: boolean;
  /** Are we an App? Then some calls are made as it (`as: 'app'`). */
  readonly isApp: boolean;
  /** `https://github.com`, or the Enterprise Server's. */
  readonly web: string;
  /** One answer, its body still to be read. Redirects within the API are followed. */
  ask(call: Call): Promise<GithubAnswer>;
  /** One answer as JSON; whole numbers beyond 2^53 are text. Undefined when it has no body. */
  json(call: Call): Promise<unknown>;
  /** The JSON of each page, at most `most`, as bytes. */
  pages(call: Call, most?: number): AsyncIterable<Uint8Array>;
  /** A file, a log, an archive: wherever it lies. Another host is asked without our credential. */
  download(call: Call): AsyncIterable<Uint8Array>;
  /** The `Authorization` header that git needs for a repository (`owner/name`). */
  gitHeader(repo: string): Promise<string | undefined>;
}

export interface GithubSettings extends GithubCredentials {
  /** `https://HOST/api/v3` for GitHub Enterprise Server. */
  readonly baseUrl?: string | undefined;
  readonly clock: Clock;
  readonly note?: (fact: Fact) => void;
  /** `calm` keeps the pace that GitHub asks of what writes. */
  readonly name?: GithubClientName;
  /** The longest silence before an answer, or within it (ms). */
  readonly timeoutMs?: number;
}

const GITHUB = 'https://api.github.com';
const MOST_PAGES = 20;
const MOST_REDIRECTS = 3;
const TIMEOUT_MS = 15_000;

export const createGithub = (settings: GithubSettings): GithubClient => {
  const { baseUrl = GITHUB, clock, name = 'urgent', timeoutMs = TIMEOUT_MS } = settings;
  const base = baseUrl.replace(/\/+$/, '');
  const isCalm = name === 'calm';
  const kind = isCalm ? paced(Octokit, base) : Octokit;
  const octokit = new kind({ baseUrl: base, log: silent, userAgent: 'keyfuse' });
  const send = createSend({ ...settings, base, octokit, name, timeoutMs });
  const credentials = createCredentials(settings, {
    request: octokit.request,
    asApp: async ({ path, authorization }) =>
      jsonOf(await send({ url: `${base}${path}`, authorization, stop: new AbortController().signal })),
  });

  const silence = createSilence(clock, isCalm);
  const whose = (as: Caller): string => (settings.app ? accountOf(as) : '');
  const ask = createAsk({ base, clock, timeoutMs, send, credentials, silence, whose });

  return {
    authenticated: settings.token !== undefined || settings.app !== undefined,
    isApp: settings.app !== undefined,
    web: webOf(base),
    ask: (call) => ask(call),
    json: async (call) => jsonOf(await ask(call)),
    async *pages(call, most = MOST_PAGES) {
      let path: string | undefined = call.path;
      for (let page = 0; path && page < most; page += 1) {
        const answer: GithubAnswer = await ask({ ...call, as: call.as ?? callerOf(call.path), path });
        yield await wholeBody(answer.body);
        path = nextPage(String(answer.headers['link'] ?? ''));
      }
    },
    async *download(call) {
      let [answer, url] = [await ask(call, true), base];
      for (let hops = 0; answer.status >= 300; hops += 1) {
        url = URL.parse(String(answer.headers['location'] ?? ''), url)?.href ?? '';
        if (hops >= MOST_REDIRECTS || !isElsewhere(url, base)) throw new GithubRefusal(0, 'it redirected too often');
        const there = send({ stop: call.stop, accept: '*/*', url, authorization: undefined });
        answer = await there.catch((error: unknown) => {
          throw refusalElsewhere(error, clock.now());
        });
      }
      yield* answer.body;
    },
    gitHeader: credentials.basic,
  };
};

interface AskNeeds {
  readonly base: string;
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly send: ReturnType<typeof createSend>;
  readonly credentials: Credentials;
  readonly silence: Silence;
  /** Whose limit a call counts to: a token is one for all. */
  whose(as: Caller): string;
}

/** Asks; a redirect to another host is given back for `download` to follow, or refused. */
const createAsk = ({ base, clock, timeoutMs, send, credentials, silence, whose }: AskNeeds) => {
  const signed = (as: Caller, stop: AbortSignal): Promise<string | undefined> => {
    const quit = linkedTo(stop);
    return orQuit(inTime(credentials.header(as), { clock, timeoutMs, quit }), quit).finally(() => quit.abort());
  };
  return async ({ path, as = callerOf(path), ...call }: Call, elsewhere = false): Promise<GithubAnswer> => {
    let url = ours(path.startsWith('/') ? `${base}${path}` : path, base);
    for (let hops = 0; hops <= MOST_REDIRECTS; hops += 1) {
      await silence.over(whose(as), call.stop);
      const refused = (error: unknown): never => {
        const refusal = refusalOf(error, clock.now());
        silence.heard(whose(as), refusal);
        throw refusal;
      };
      const authorization = await signed(as, call.stop).catch(refused);
      const answer = await send({ ...call, url, authorization }).catch((error: unknown) => {
        if (error instanceof GithubRefusal && error.status === 401) credentials.refused(as);
        return refused(error);
      });
      if (answer.status < 300) return answer;
      const to = String(answer.headers['location'] ?? '');
      if (elsewhere && isElsewhere(to, base)) return answer;
      url = ours(to, base);
    }
    throw new GithubRefusal(0, 'it redirected too often');
  };
};

const jsonOf = async ({ body }: GithubAnswer): Promise<unknown> => {
  const bytes = await wholeBody(body);
  if (bytes.length === 0) return undefined;
  const json = readJson64(bytes);
  if (json === undefined) throw new GithubRefusal(200, 'an answer that is no JSON');
  return json;
};

/** Who may see what a path is about: the account in it. */
const callerOf = (path: string): Caller => {
  const [, account] = /^\/(?:repos\/([^/?]+\/[^/?]+)|(?:orgs|users)\/([^/?]+))/.exec(path)?.filter(Boolean) ?? [];
  return account === undefined ? 'app' : { account };
};

const accountOf = (as: Caller): string =>
  typeof as === 'string' ? `/${as}` : (as.account.split('/', 1)[0] ?? '').toLowerCase();

/** Where people look: `https://api.github.com` → `https://github.com`, `https://HOST/api/v3` → `https://HOST`. */
const webOf = (base: string): string => {
  const { protocol, host, origin, hostname } = new URL(base);
  return hostname.startsWith('api.') ? `${protocol}//${host.slice(4)}` : origin;
};

const isElsewhere = (url: string, base: string): boolean => {
  const target = URL.parse(url, base);
  const isLocal = target?.hostname === '127.0.0.1' && new URL(base).hostname === '127.0.0.1';
  return target !== null && target.origin !== new URL(base).origin && (target.protocol === 'https:' || isLocal);
};

/** Our credential goes nowhere else: a redirect or a next page on another host is refused. */
const ours = (url: string, base: string): string => {
  const target = URL.parse(url, base);
  if (target?.origin !== new URL(base).origin) throw new GithubRefusal(0, 'it named another host');
  return target.href;
};

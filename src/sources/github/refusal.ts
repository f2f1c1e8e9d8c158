type Headers = Readonly<Record<string, string | number | undefined>>;

interface More {
  readonly waitMs?: number | undefined;
  readonly headers?: Headers;
  readonly unreadable?: boolean;
  readonly delegated?: boolean;
  readonly elsewhere?: GithubRefusal['elsewhere'];
}

/** GitHub did not give what was asked. The message holds no header, no body and no URL. */
export class GithubRefusal extends Error {
  /** HTTP status; 0 when there was no answer, or none that we take. */
  readonly status: number;
  /** GitHub asked everybody with our credential to wait so long (ms). */
  readonly waitMs: number | undefined;
  /** Of the answer. */
  readonly headers: Headers;
  /** It was given, but cannot be read: damaged, or too much of it. Asking again changes nothing. */
  readonly unreadable: boolean;
  /** A person must allow it first: delegated alert dismissal. */
  readonly delegated: boolean;
  /** Another host said it, of one file: it says nothing of our credential. It asked to wait so long (ms) for that one. */
  readonly elsewhere: { readonly waitMs: number | undefined } | undefined;

  constructor(status: number, why: string, more: More = {}) {
    super(`GitHub: ${why}`);
    this.name = 'GithubRefusal';
    this.status = status;
    this.waitMs = more.waitMs;
    this.headers = more.headers ?? {};
    this.unreadable = more.unreadable ?? false;
    this.delegated = more.delegated ?? false;
    this.elsewhere = more.elsewhere;
  }
}

interface Answered {
  readonly status?: unknown;
  readonly response?: { readonly headers?: Headers; readonly data?: unknown };
}

/** What went wrong, of whatever the client threw; `now` in epoch ms. */
export const refusalOf = (error: unknown, now: number): GithubRefusal => {
  if (error instanceof GithubRefusal) return error;
  const { status, response } = (error ?? {}) as Answered;
  if (!response || typeof status !== 'number') return new GithubRefusal(0, 'no answer');
  const wait = status === 403 || status === 429 ? waitOf(status, response, now) : undefined;
  const delegated = [403, 422].includes(status) && /dismissal|delegated|reviewer/i.test(messageOf(response.data));
  return new GithubRefusal(status, `status ${status}`, { waitMs: wait, headers: response.headers ?? {}, delegated });
};

/** The same, of the host that a file or a log lies on. */
export const refusalElsewhere = (error: unknown, now: number): GithubRefusal => {
  const { status, headers, waitMs } = refusalOf(error, now);
  return new GithubRefusal(status, status === 0 ? 'no answer' : `status ${status}`, { headers, elsewhere: { waitMs } });
};

const MINUTE = 60_000;
const LONGEST = 2 * 60 * MINUTE;

/**
 * How long a rate limit lasts: `retry-after`, else `x-ratelimit-reset` when none remain, else a minute; undefined when a
 * 403 is not about a rate. https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
 */
const waitOf = (status: number, { headers = {}, data }: NonNullable<Answered['response']>, now: number) => {
  const bounded = (ms: number): number | undefined =>
    Number.isFinite(ms) ? Math.min(Math.max(ms, 1_000), LONGEST) : undefined;
  const after = headers['retry-after'];
  if (after !== undefined) return bounded(Number(after) * 1_000) ?? MINUTE;
  if (headers['x-ratelimit-remaining'] === '0')
    return bounded(Number(headers['x-ratelimit-reset']) * 1_000 - now) ?? MINUTE;
  return status === 429 || /rate limit/i.test(messageOf(data)) ? MINUTE : undefined;
};

const messageOf = (data: unknown): string =>
  typeof data === 'object' && data !== null && 'message' in data ? String(data.message) : String(data);

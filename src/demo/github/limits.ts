import type { Fault } from '../faults.ts';
import { ok, problem } from './route.ts';

const HOURLY = 5000;

export interface LimitHow {
  /** How long it lasts; default 1. */
  readonly seconds?: number;
  readonly status?: 403 | 429;
}

const failure = (status: number, message: string, headers: Record<string, string> = {}): Fault => ({
  kind: 'status',
  ...problem(status, message, headers),
});

/** The failure that answers a call with this status, in GitHub's shape. */
export const statusFault = failure;

/** The hourly budget of calls, its headers, and what is answered when it is used up. */
export const createLimits = (now: () => number) => {
  let used = 0;
  const quota = () => {
    const reset = (Math.floor(now() / 3_600_000) + 1) * 3600;
    return { limit: HOURLY, used, remaining: Math.max(0, HOURLY - used), reset };
  };
  const headers = (): Record<string, string> =>
    Object.fromEntries(
      Object.entries({ ...quota(), resource: 'core' }).map(([name, value]) => [`x-ratelimit-${name}`, String(value)]),
    );
  return {
    headers,
    /** Counts one call. */
    use: () => {
      used += 1;
    },
    primary: ({ seconds = 1, status = 403 }: LimitHow): Fault =>
      failure(status, 'API rate limit exceeded for installation ID 1.', {
        ...headers(),
        'x-ratelimit-remaining': '0',
        'x-ratelimit-reset': String(Math.ceil(now() / 1000) + seconds),
      }),
    secondary: ({ seconds = 1, status = 403 }: LimitHow): Fault =>
      failure(status, 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.', {
        ...headers(),
        'retry-after': String(seconds),
      }),
    routes: {
      rate_limit: {
        call: 'GET /rate_limit',
        act: () => ok({ resources: { core: quota(), search: quota() }, rate: quota() }),
      },
    },
  };
};

export type Limits = ReturnType<typeof createLimits>;

import type { Answer } from './http.ts';

/** At most `max` calls per `perMs`, then 429; `retryAfter: false` leaves the Retry-After header out. */
export interface RateLimit {
  readonly max: number;
  readonly perMs: number;
  readonly retryAfter?: boolean;
}

export type Limiter = () => Answer | undefined;

/** The answer to a call that is one too many. */
export const createLimiter = (now: () => number, limit: RateLimit | undefined): Limiter => {
  let windowEnd = 0;
  let used = 0;
  return () => {
    if (!limit) return undefined;
    if (now() >= windowEnd) [windowEnd, used] = [now() + limit.perMs, 0];
    used += 1;
    if (used <= limit.max) return undefined;
    const seconds = String(Math.max(1, Math.ceil((windowEnd - now()) / 1000)));
    const headers = limit.retryAfter === false ? {} : { 'retry-after': seconds };
    return { status: 429, headers, body: { message: 'Too many requests.', code: 'rate_limit_exceeded' } };
  };
};

import type { Aim, Fault, Faults, Injection } from '../faults.ts';
import { type LimitHow, type Limits, statusFault } from './limits.ts';
import type { GithubRoute } from './routes.ts';

/** What may go wrong with calls, switched on by hand. */
export interface Switches {
  inject(fault: Fault, aim?: Aim<GithubRoute>): Injection;
  clearFaults(): void;
  /** The fresh-push race: the next `times` commit calls answer 404 (or 409, 422), as if the commit were not there yet. */
  race(times: number, status?: 404 | 409 | 422): Injection;
  /** The next `times` calls (of one route, or of all) meet a rate limit that lasts `seconds` (default 1), with 403 or 429. */
  limit(kind: 'primary' | 'secondary', times: number, how?: LimitHow & { readonly route?: GithubRoute }): Injection;
  /** The next `times` calls fail with this status. */
  fail(status: number, times: number): Injection;
}

const RACES = { 404: 'Not Found', 409: 'Git Repository is empty.', 422: 'No commit found for SHA' } as const;

export const createSwitches = (faults: Faults<GithubRoute>, limits: Limits): Switches => ({
  inject: faults.inject,
  clearFaults: faults.clear,
  race: (times, status = 404) => faults.inject(statusFault(status, RACES[status]), { route: 'commit', times }),
  limit: (kind, times, { route, ...how } = {}) => faults.inject(limits[kind](how), { times, ...(route && { route }) }),
  fail: (status, times) => faults.inject(statusFault(status, 'Server Error'), { times }),
});

import { throttling } from '@octokit/plugin-throttling';
import type { Octokit } from '@octokit/rest';
import type { Clock } from '../../core/clock.ts';
import { GithubRefusal } from './refusal.ts';

type Limited = Parameters<typeof throttling>[1]['throttle'] extends infer T
  ? NonNullable<T> extends { onRateLimit: infer L }
    ? L
    : never
  : never;
/** What a limit refused is not asked again here: whoever asked is told when, may be stopped till then, and asks anew. */
const refused = (() => false) as Limited;

/**
 * A client that keeps the pace GitHub asks of what writes: one change a second, one comment in three.
 * https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api
 */
export const paced = (plain: typeof Octokit, base: string): typeof Octokit =>
  plain
    .plugin(throttling)
    // The plugin keeps its lanes for the whole process, by this id.
    .defaults({ throttle: { id: base, onRateLimit: refused, onSecondaryRateLimit: refused } }) as typeof Octokit;

/** Keeps silent while a limit lasts. */
export interface Silence {
  /** Resolves when it is over; rejects with `GithubRefusal` when `stop` fires first. */
  over(stop: AbortSignal): Promise<void>;
  heard(refusal: GithubRefusal): void;
}

export const createSilence = (clock: Clock): Silence => {
  let until = 0;
  return {
    async over(stop) {
      while (!stop.aborted && until > clock.now()) await clock.sleep(until - clock.now(), stop);
      if (stop.aborted) throw new GithubRefusal(0, 'no answer');
    },
    heard: ({ waitMs = 0 }) => {
      until = Math.max(until, clock.now() + waitMs);
    },
  };
};

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

/** Keeps silent while a limit lasts: of one token, or of one installation of an App (`whose`: what stands for it). */
export interface Silence {
  /** Resolves when it is over; rejects with `GithubRefusal` when `stop` fires first. */
  over(whose: string, stop: AbortSignal): Promise<void>;
  heard(whose: string, refusal: GithubRefusal): void;
}

/** `waits`: a call waits for its end; else it is refused at once, as GitHub would. */
export const createSilence = (clock: Clock, waits: boolean): Silence => {
  const until = new Map<string, number>();
  const left = (whose: string): number => (until.get(whose) ?? 0) - clock.monotonic();
  return {
    async over(whose, stop) {
      while (!stop.aborted && left(whose) > 0) {
        if (!waits) throw new GithubRefusal(429, 'it asked us to wait', { waitMs: left(whose) });
        await clock.sleep(left(whose), stop);
      }
      if (stop.aborted) throw new GithubRefusal(0, 'no answer');
    },
    heard(whose, { waitMs }) {
      if (waitMs !== undefined) until.set(whose, clock.monotonic() + Math.max(left(whose), waitMs));
    },
  };
};

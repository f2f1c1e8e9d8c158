import type * as z from 'zod';
import type { Clock } from '../../core/clock.ts';
import type { GithubClient } from './client.ts';
import type { Cursors } from './cursors.ts';
import { readJson64 } from './json64.ts';
import { GithubRefusal } from './refusal.ts';
import type { Wanted, Word } from './work-list.ts';

export interface SweepNeeds {
  readonly github: GithubClient;
  readonly cursors: Cursors;
  readonly clock: Clock;
  readonly stop: AbortSignal;
  /** Makes durable that these are wanted. */
  want(wanted: readonly Wanted[], word: Word): Promise<void>;
}

/** A repository, and since when what happens there is ours to find (epoch ms). */
export interface Swept {
  readonly name: string;
  readonly since: number;
}

/** What told us of the repository was on its way for a while, and GitHub's clock is another. */
export const SLACK_MS = 60_000;
export const DAY = 24 * 3_600_000;

/** One answer of GitHub. Errors: `GithubRefusal` when it has another shape. */
export const parsed = <T extends z.ZodType>(schema: T, bytes: Uint8Array): z.output<T> => {
  const { data } = schema.safeParse(readJson64(bytes));
  if (data === undefined) throw new GithubRefusal(200, 'an answer of another shape');
  return data as z.output<T>;
};

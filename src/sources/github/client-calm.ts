import { throttling } from '@octokit/plugin-throttling';
import type { Octokit } from '@octokit/rest';

const MOST_RETRIES = 3;
type Limited = Parameters<typeof throttling>[1]['throttle'] extends infer T
  ? NonNullable<T> extends { onRateLimit: infer L }
    ? L
    : never
  : never;
const again = ((...[, , , retries]: readonly [number, object, unknown, number]) => retries < MOST_RETRIES) as Limited;

/**
 * A client that keeps the pace GitHub asks of what writes: one change a second, one comment in three, and no word more
 * while a limit lasts. https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api
 */
export const paced = (plain: typeof Octokit): typeof Octokit =>
  plain
    .plugin(throttling)
    .defaults({ throttle: { onRateLimit: again, onSecondaryRateLimit: again } }) as typeof Octokit;

import * as z from 'zod';

/** Every source there is: the closed set behind the metric label. */
export const sources = [
  'github-webhook',
  'github-alert',
  'github-partner',
  'github-events',
  'github-backfill',
  'file',
  'stdin',
  'http-logs',
  'syslog',
  'kafka-logs',
  'scan',
] as const;
export type SourceName = (typeof sources)[number];

const logs: readonly SourceName[] = ['file', 'stdin', 'http-logs', 'syslog', 'kafka-logs'];

/** Does it carry log lines, where one key may stand in every line? */
export const isLog = (source: SourceName): boolean => logs.includes(source);

const LONGEST = 512;

/**
 * Text that strangers wrote (paths, names, URLs): control characters, bidirectional overrides and line separators
 * become `?`, and the length is bounded, so that it can stand in a log line, a notice or a terminal. No word is cut in two:
 * the part of a key that stayed would be found by nobody after.
 */
export const publicText = (text: string): string => {
  const clean = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, '?');
  return clean.length > LONGEST ? `${clean.slice(0, endOfWords(clean, LONGEST - 1))}…` : clean;
};

/** Where the last word that ends before `most` does. A pattern for it would try each letter anew. */
const endOfWords = (text: string, most: number): number => {
  let at = most;
  while (at > 0 && !/[\s/:@]/.test(text.charAt(at - 1))) at -= 1;
  return at;
};

const text = z.string().transform(publicText);

/** The thing on GitHub that a fragment belongs to: what may be closed or commented there once the key is dead. */
const GithubPlace = z.object({
  /** `owner/name`. */
  repo: z.string(),
  /** Number of a secret scanning alert. */
  alert: z.number().optional(),
  /** Number of an issue or a pull request. */
  thread: z.number().optional(),
  /** Id of a commit, and the file in it. */
  commit: z.string().optional(),
  path: text.optional(),
});
export type GithubPlace = Readonly<z.infer<typeof GithubPlace>>;

/** What a line of a log says of itself. Strangers wrote all of it: the time is shown and searched by, never reckoned with. */
const LogPlace = z.object({
  host: text.optional(),
  service: text.optional(),
  namespace: text.optional(),
  pod: text.optional(),
  container: text.optional(),
  trace: text.optional(),
  /** Epoch ms. */
  time: z.number().optional(),
});
export type LogPlace = Readonly<z.infer<typeof LogPlace>>;

/** Where a fragment was. `receivedAt`: when we or the service in between got it (epoch ms), never the author's clock. */
export const Origin = z.object({
  source: z.enum(sources),
  /** Where a person finds it: `owner/repo@sha:path`, `/var/log/app.log`, … Public, never the secret. */
  locator: text,
  link: text.optional(),
  actor: text.optional(),
  receivedAt: z.number(),
  /** `backfill` stays out of the latency objectives. */
  mode: z.enum(['live', 'backfill']).default('live'),
  github: GithubPlace.optional(),
  log: LogPlace.optional(),
});
export type Origin = Readonly<z.infer<typeof Origin>>;

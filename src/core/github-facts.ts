import type { AnswerClass } from './issuer.ts';
import type { SourceName } from './origin.ts';

/** Things on GitHub that are fetched after something named them: the closed set behind the metric label. */
export const workKinds = [
  'commit', // one commit by REST
  'range', // commits that a push does not list: told by a comparison
  'pull', // commits of a pull request from a fork
  'tag', // message of an annotated tag
  'wiki', // revision of a wiki
  'asset', // file of a release
  'job-log', // log of an Actions job
  'run-log', // logs of all jobs of an Actions run
  'artifact', // file that an Actions run left
  'annotations', // of a check run
  'alert', // secret of a secret scanning alert
  'listing', // one page of texts: issues, comments, releases
  'history', // commits by git: many at once, or every ref of a repository
] as const;
export type WorkKind = (typeof workKinds)[number];

/** How a delivery that did not arrive was had after all. */
export const recoveries = ['read-back', 'redelivered'] as const;
export type Recovery = (typeof recoveries)[number];

/** `urgent` reads and finds; `calm` closes and comments, at the pace that GitHub asks for. */
export const githubClients = ['urgent', 'calm'] as const;
export type GithubClientName = (typeof githubClients)[number];

/** What GitHub counts calls by; all but the usual are one here. */
export const rateResources = ['core', 'other'] as const;
export type RateResource = (typeof rateResources)[number];

/** What is said of what GitHub keeps for us. */
export type GithubFact =
  | { type: 'work.done'; source: SourceName; kind: WorkKind; locator: string; bytes: number; seconds: number }
  | { type: 'delivery.recovered'; how: Recovery; locator: string; event: string }
  | { type: 'delivery.lost'; locator: string; event: string; detail: string }
  | { type: 'github.answered'; client: GithubClientName; class: AnswerClass; seconds: number }
  | { type: 'github.rated'; client: GithubClientName; resource: RateResource; remaining: number; limit: number };

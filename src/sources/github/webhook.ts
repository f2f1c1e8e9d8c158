import type { Clock } from '../../core/clock.ts';
import type { Fact, RecordFact } from '../../core/facts.ts';
import type { Ingress } from '../../core/ingress.ts';
import type { Secret } from '../../core/secret.ts';
import type { Store } from '../../core/store.ts';
import type { Source } from '../source.ts';
import { createFlowNames, stopped } from '../waiting.ts';
import { createBodyRoom } from './body.ts';
import type { GithubClient } from './client.ts';
import { createCommits } from './commits.ts';
import { createDeliveries } from './deliveries.ts';
import { createParser, type ParserLimits } from './parse.ts';
import { createReceiver } from './receive.ts';
import { defaultRetryDelays, type RetryDelays } from './retry.ts';
import { createSignature } from './signature.ts';

export interface GithubWebhookNeeds {
  readonly ingress: Ingress;
  /** The current secret of the webhook, then earlier ones that may still be in use. Errors: `Fault` `config.invalid`. */
  readonly secrets: readonly Secret[];
  /** Without it no commit is fetched: each is `unscanned` until there is one. */
  readonly github?: GithubClient | undefined;
  readonly store: Store;
  readonly clock: Clock;
  readonly record: RecordFact;
  readonly limits?: Partial<WebhookLimits>;
}

export interface WebhookLimits {
  readonly bodyBytes: number;
  /** Of all bodies under way together. */
  readonly roomBytes: number;
  /** GitHub hangs up after 10 s. */
  readonly answerMs: number;
  /** Commits fetched at once. */
  readonly commits: number;
  readonly delays: RetryDelays;
  readonly parser: Partial<ParserLimits>;
}

/** `unscanned`: commits that were given up, `waiting`: commits still to be fetched; both durable, for gauges. */
export interface GithubWebhook extends Source {
  unscanned(): number;
  waiting(): number;
}

const WEBHOOK_PATH = '/api/github/webhooks';
const MIB = 1024 * 1024;
const NO_CLIENT = 'no-client';
const GRACE_MS = 500;

const defaults: WebhookLimits = {
  bodyBytes: 25 * MIB,
  roomBytes: 256 * MIB,
  answerMs: 8_000,
  commits: 8,
  delays: defaultRetryDelays,
  parser: {},
};

/** GitHub's webhooks. 2xx means: every candidate of the payload, and the list of commits to fetch, are durable. */
export const githubWebhook = (needs: GithubWebhookNeeds): GithubWebhook => {
  const { ingress, github, clock } = needs;
  const limits = { ...defaults, ...needs.limits };
  const deliveries = createDeliveries(needs.store);
  const parser = createParser(clock, limits.parser);
  const shared = {
    deliveries,
    parser,
    clock,
    nextFlow: createFlowNames('github-webhook'),
    // Facts of sources are not journaled, so nothing is lost with a rejection.
    note: (fact: Fact): void => void needs.record(fact).catch(() => undefined),
  };
  const commits = github && createCommits({ ...shared, github, concurrency: limits.commits, delays: limits.delays });
  const receiver = createReceiver({
    ...shared,
    begin: createSignature(needs.secrets),
    room: createBodyRoom(limits.roomBytes),
    mostBytes: limits.bodyBytes,
    answerMs: limits.answerMs,
    unfetched: github ? undefined : NO_CLIENT,
    wake: () => commits?.wake(),
  });

  return {
    name: 'github-webhook',
    replayable: true,
    unscanned: deliveries.unscanned,
    waiting: deliveries.waiting,
    async run(emit, stop) {
      if (github) await deliveries.revive(NO_CLIENT);
      if (github?.authenticated === false) {
        shared.note({
          type: 'fault.raised',
          code: 'github.unauthenticated',
          detail: 'commits are fetched without a token',
        });
      }
      if (stop.aborted) return;
      ingress.post(WEBHOOK_PATH, (call) => receiver.answer(call, { emit, stop }));
      await Promise.all([stopped(stop), commits?.run(emit, stop)]);
      ingress.post(WEBHOOK_PATH, undefined);
      await receiver.drain(GRACE_MS);
      await parser.close();
    },
  };
};

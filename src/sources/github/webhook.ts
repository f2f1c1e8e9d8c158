import type { Clock } from '../../core/clock.ts';
import type { RecordFact } from '../../core/facts.ts';
import type { Ingress } from '../../core/ingress.ts';
import type { Secret } from '../../core/secret.ts';
import type { Source } from '../source.ts';
import { stopped } from '../waiting.ts';
import { createBodyRoom } from './body.ts';
import type { Intake } from './intake.ts';
import { createReceiver } from './receive.ts';
import { createSignature } from './signature.ts';

export interface GithubWebhookNeeds {
  readonly ingress: Ingress;
  /** The current secret of the webhook, then earlier ones that may still be in use; asked for each delivery. */
  readonly secrets: () => readonly Secret[];
  readonly intake: Intake;
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
}

export const WEBHOOK_PATH = '/api/github/webhooks';
const MIB = 1024 * 1024;
const GRACE_MS = 500;

const defaults: WebhookLimits = { bodyBytes: 25 * MIB, roomBytes: 256 * MIB, answerMs: 8_000 };

/** GitHub's webhooks. 2xx means: every candidate of the payload, and the list of what to fetch, are durable. */
export const githubWebhook = ({ ingress, intake, clock, record, ...needs }: GithubWebhookNeeds): Source => {
  const { bodyBytes, roomBytes, answerMs } = { ...defaults, ...needs.limits };
  const receiver = createReceiver({
    ...{ intake, clock, answerMs, mostBytes: bodyBytes },
    begin: createSignature(needs.secrets),
    room: createBodyRoom(roomBytes),
    // Facts of sources are not journaled, so nothing is lost with a rejection.
    note: (fact) => void record(fact).catch(() => undefined),
  });
  return {
    name: 'github-webhook',
    replayable: true,
    async run(emit, stop) {
      if (stop.aborted) return;
      ingress.post(WEBHOOK_PATH, (call) => receiver.answer(call, { emit, stop }));
      await stopped(stop);
      ingress.post(WEBHOOK_PATH, undefined);
      await receiver.drain(GRACE_MS);
    },
  };
};

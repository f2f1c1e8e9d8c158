import type { Clock } from '../../core/clock.ts';
import type { Fact, RecordFact } from '../../core/facts.ts';
import type { Emit } from '../../core/fragment.ts';
import type { Ingress, IngressCall } from '../../core/ingress.ts';
import { Origin } from '../../core/origin.ts';
import type { Store } from '../../core/store.ts';
import { createOutlet, eachOf } from '../outlet.ts';
import type { Source } from '../source.ts';
import { createFlowNames, stopped } from '../waiting.ts';
import { type BodyRoom, createBodyRoom, malformed, type Refusal } from './body.ts';
import { type Accepted, createCalls } from './calls.ts';
import { createParser, type Parser } from './parse.ts';
import { readReported } from './partner-body.ts';
import { feedbackOn, type VerdictOf } from './partner-feedback.ts';
import { createPartnerKeys, type KeyFetch, type KeyLimits, type PartnerKeys } from './partner-keys.ts';
import type { Reported } from './partner-reports.ts';

export interface GithubPartnerNeeds {
  readonly ingress: Ingress;
  readonly keys: KeyFetch;
  /** Keeps the last good keys. */
  readonly store: Store;
  readonly clock: Clock;
  readonly record: RecordFact;
  /** Without it GitHub gets no feedback. */
  readonly verdictOf?: VerdictOf | undefined;
  /** How long verdicts are waited for after all is durable (ms); 0: no feedback. With `answerMs` below GitHub's 30 s. */
  readonly feedbackMs: number;
  readonly limits?: Partial<PartnerLimits>;
}

export interface PartnerLimits {
  readonly bodyBytes: number;
  /** Of all bodies under way together. */
  readonly roomBytes: number;
  /** After so long what is not durable is answered 503. */
  readonly answerMs: number;
  readonly keys: Partial<KeyLimits>;
}

const PARTNER_PATH = '/api/github/secret-scanning';
const MIB = 1024 * 1024;
const GRACE_MS = 500;
/** Tokens emitted at once: each waits for the topic, which commits many together. */
const AT_ONCE = 32;
const source = 'github-partner';

/** GitHub names no limit for a report; that of its webhooks is taken. */
const defaults: PartnerLimits = { bodyBytes: 25 * MIB, roomBytes: 256 * MIB, answerMs: 8_000, keys: {} };

/**
 * Tokens that GitHub found in public: the secret scanning partner programme. 200 means: every candidate is durable. All of
 * it stands in public, and what is reported twice has one fingerprint, so nothing is remembered here.
 * https://docs.github.com/en/code-security/secret-scanning/secret-scanning-partnership-program/secret-scanning-partner-program
 */
export const githubPartner = (needs: GithubPartnerNeeds): Source => {
  const { ingress, clock, store } = needs;
  const limits = { ...defaults, ...needs.limits };
  // Facts of sources are not journaled, so nothing is lost with a rejection.
  const note = (fact: Fact): void => void needs.record(fact).catch(() => undefined);
  const parser = createParser(clock);
  const calls = createCalls({ source, clock, note, answerMs: limits.answerMs });
  const shared = {
    ...needs,
    ...{ parser, note, mostBytes: limits.bodyBytes },
    keys: createPartnerKeys({ ...needs.keys, store, clock, note, limits: limits.keys }),
    room: createBodyRoom(limits.roomBytes),
    nextFlow: createFlowNames(source),
  };
  return {
    name: source,
    replayable: true,
    async run(emit, stop) {
      if (stop.aborted) return;
      ingress.post(PARTNER_PATH, (call) => calls.answer((giveUp) => receive(call, { ...shared, emit, stop, giveUp })));
      await stopped(stop);
      ingress.post(PARTNER_PATH, undefined);
      await calls.drain(GRACE_MS);
      await parser.close();
    },
  };
};

interface CallNeeds extends Pick<GithubPartnerNeeds, 'clock' | 'verdictOf' | 'feedbackMs'> {
  readonly keys: PartnerKeys;
  readonly parser: Parser;
  readonly room: BodyRoom;
  readonly mostBytes: number;
  readonly emit: Emit;
  readonly stop: AbortSignal;
  readonly giveUp: AbortSignal;
  note(fact: Fact): void;
  nextFlow(): string;
}

/** The order is the promise: signed, durable, answered; then, with time left, what became of the tokens. */
const receive = async (call: IngressCall, needs: CallNeeds): Promise<Accepted | Refusal> => {
  const { clock, keys, parser, room, mostBytes, stop, giveUp } = needs;
  const find = (identifier: string) => keys.find(identifier, stop);
  const body = await readReported(call, { find, room, mostBytes, stop: giveUp });
  if ('rejected' in body) return body;
  const bytes = body.length;
  const receivedAt = clock.now();
  const batch = await parser.read({ shape: 'reports', bytes: body });
  if (!batch) return malformed;
  const { texts, unread } = batch;
  await pour(texts, receivedAt, needs);
  if (unread > 0) {
    const detail = `${unread} of ${unread + texts.length} records`;
    needs.note({ type: 'source.rejected', source, reason: 'malformed', detail });
  }
  return { bytes, body: '', reply: feedback(texts, needs) };
};

const pour = async (texts: readonly Reported[], receivedAt: number, needs: CallNeeds): Promise<void> => {
  const outlet = createOutlet(needs);
  await eachOf(texts, AT_ONCE, ({ bytes, locator, link }) =>
    outlet.text(bytes, Origin.parse({ source, locator, receivedAt, ...(link && { link }) })),
  );
};

const feedback = (texts: readonly Reported[], needs: CallNeeds): Accepted['reply'] => {
  const { verdictOf, feedbackMs, clock, stop } = needs;
  if (!verdictOf || feedbackMs <= 0) return undefined;
  return () => feedbackOn(texts, { verdictOf, feedbackMs, clock, stop });
};

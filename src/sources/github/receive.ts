import type { Clock } from '../../core/clock.ts';
import type { Fact, UnscannedReason } from '../../core/facts.ts';
import type { Emit } from '../../core/fragment.ts';
import type { IngressCall, Reply } from '../../core/ingress.ts';
import { Origin, publicText } from '../../core/origin.ts';
import { createOutlet, eachOf } from '../outlet.ts';
import { unlessStopped } from '../waiting.ts';
import { type BodyRoom, malformed, notDurable, type Refusal, readSigned, type SignedBody } from './body.ts';
import type { GithubDeliveries } from './deliveries.ts';
import type { Parser } from './parse.ts';
import type { BodySignature } from './signature.ts';
import { type DeliveryTexts, isHandled, type WrittenText } from './texts.ts';

interface ReceiverNeeds {
  readonly deliveries: GithubDeliveries;
  readonly parser: Parser;
  readonly room: BodyRoom;
  readonly clock: Clock;
  readonly mostBytes: number;
  readonly answerMs: number;
  /** Why commits will not be fetched; absent when they will. */
  readonly unfetched?: UnscannedReason | undefined;
  begin(): BodySignature;
  note(fact: Fact): void;
  nextFlow(): string;
  /** Commits wait. */
  wake(): void;
}

/** Where one call goes: what to emit to, and when to begin nothing more. */
interface Way {
  readonly emit: Emit;
  readonly stop: AbortSignal;
}

export interface Receiver {
  /** Reads, checks and accepts one call within the time that GitHub waits. Never rejects. */
  answer(call: IngressCall, way: Way): Promise<Reply>;
  /** Ends the calls under way: those that become durable within `ms` are still answered so, the others get 503. */
  drain(ms: number): Promise<void>;
}

const source = 'github-webhook';

export const createReceiver = (needs: ReceiverNeeds): Receiver => {
  const { clock, note } = needs;
  const calls = new Map<AbortController, Promise<Reply>>();

  const settle = async (call: IngressCall, way: Way, late: AbortController): Promise<Reply> => {
    const begun = clock.monotonic();
    void clock.sleep(needs.answerMs, late.signal).then(() => late.abort());
    // What is not durable in time is redelivered; the topic and the store say why in facts of their own.
    const end = await unlessStopped(receive(call, { ...needs, ...way, giveUp: late.signal }), late.signal).catch(
      () => notDurable,
    );
    late.abort();
    if ('rejected' in end) {
      note({ type: 'source.rejected', source, reason: end.rejected, ...(end.detail && { detail: end.detail }) });
      return end.reply;
    }
    note({ type: 'source.accepted', source, bytes: end.bytes, seconds: (clock.monotonic() - begun) / 1_000 });
    return { status: 200, body: end.body };
  };

  return {
    answer(call, way) {
      const late = new AbortController();
      const reply = settle(call, way, late).finally(() => calls.delete(late));
      calls.set(late, reply);
      return reply;
    },
    async drain(ms) {
      const drained = new AbortController();
      const all = Promise.all(calls.values()).finally(() => drained.abort());
      await clock.sleep(calls.size > 0 ? ms : 0, drained.signal);
      for (const late of calls.keys()) late.abort();
      await all;
    },
  };
};

interface CallNeeds extends ReceiverNeeds, Way {
  readonly giveUp: AbortSignal;
}

interface Accepted {
  readonly bytes: number;
  readonly body: string;
}

const receive = async (call: IngressCall, needs: CallNeeds): Promise<Accepted | Refusal> => {
  const body = await readSigned(call, { ...needs, stop: needs.giveUp });
  return 'rejected' in body ? body : accept(call, body, needs);
};

/** The order is the promise: the texts are durable, then the delivery and its commits, then it is answered. */
const accept = async (call: IngressCall, body: SignedBody, needs: CallNeeds): Promise<Accepted | Refusal> => {
  const { parser, deliveries, clock } = needs;
  const bytes = body.bytes.length;
  const event = String(call.headers['x-github-event'] ?? '');
  const guid = call.headers['x-github-delivery'];
  const id = typeof guid === 'string' ? { guid, digest: body.digest } : undefined;
  if (event === 'ping') return { bytes, body: 'pong\n' };
  if (!isHandled(event)) return ignored(event);
  if (id && deliveries.isKnown(id)) return { rejected: 'duplicate', reply: { status: 200, body: 'known\n' } };
  const receivedAt = clock.now();
  const read = await parser.read({ shape: 'delivery', event, bytes: body.bytes });
  if (!read) return malformed;
  await pour(read, receivedAt, needs);
  const commits = read.commits.map((sha) => ({ repo: read.repo, sha }));
  const { unfetched } = needs;
  await deliveries.accept({ receivedAt, commits, ...(id && { id }), ...(unfetched && { unfetched }) });
  needs.wake();
  declareUnscanned(read, needs);
  return { bytes, body: 'durable\n' };
};

const ignored = (event: string): Refusal => ({
  rejected: 'ignored',
  detail: publicText(event).slice(0, 64),
  reply: { status: 202, body: 'not read\n' },
});

const pour = async (read: DeliveryTexts, receivedAt: number, needs: CallNeeds): Promise<void> => {
  const outlet = createOutlet(needs);
  await eachOf(read.texts, 16, (text) => outlet.text(text.bytes, originOf(text, read, receivedAt)));
};

const originOf = ({ locator, link }: WrittenText, { actor }: DeliveryTexts, receivedAt: number): Origin =>
  Origin.parse({ source, locator, receivedAt, ...(link && { link }), ...(actor && { actor }) });

/** What this push brought and will not be fetched. */
const declareUnscanned = ({ repo, commits, unlisted }: DeliveryTexts, { note, unfetched }: CallNeeds): void => {
  for (const reason of unlisted) note({ type: 'source.unscanned', source, locator: `${repo} (push)`, reason });
  if (!unfetched) return;
  for (const sha of commits) {
    note({ type: 'source.unscanned', source, locator: `${repo}@${sha}`, reason: unfetched });
  }
};

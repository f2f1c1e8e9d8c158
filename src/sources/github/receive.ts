import type { Clock } from '../../core/clock.ts';
import type { Fact } from '../../core/facts.ts';
import type { Emit } from '../../core/fragment.ts';
import type { IngressCall, Reply } from '../../core/ingress.ts';
import { type BodyRoom, malformed, type Refusal, readSigned, type SignedBody } from './body.ts';
import { type Accepted, createCalls } from './calls.ts';
import type { Intake } from './intake.ts';
import type { BodySignature } from './signature.ts';

interface ReceiverNeeds {
  readonly intake: Intake;
  readonly room: BodyRoom;
  readonly clock: Clock;
  readonly mostBytes: number;
  readonly answerMs: number;
  begin(): BodySignature;
  note(fact: Fact): void;
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
  const calls = createCalls({ source, clock, note, answerMs: needs.answerMs });
  return {
    answer: (call, way) => calls.answer((giveUp) => receive(call, { ...needs, ...way, giveUp })),
    drain: calls.drain,
  };
};

interface CallNeeds extends ReceiverNeeds, Way {
  readonly giveUp: AbortSignal;
}

const receive = async (call: IngressCall, needs: CallNeeds): Promise<Accepted | Refusal> => {
  const body = await readSigned(call, { ...needs, stop: needs.giveUp });
  return 'rejected' in body ? body : accept(call, body, needs);
};

/** Durable, then answered. */
const accept = async (call: IngressCall, body: SignedBody, needs: CallNeeds): Promise<Accepted | Refusal> => {
  const bytes = body.bytes.length;
  const event = String(call.headers['x-github-event'] ?? '');
  const guid = call.headers['x-github-delivery'];
  const id = typeof guid === 'string' ? { guid, digest: body.digest } : undefined;
  const about = { event, id, source, mode: 'live', headers: call.headers } as const;
  const told = { ...about, bytes: body.bytes, receivedAt: needs.clock.now() };
  const end = await needs.intake(told, needs);
  if (end === 'malformed') return malformed;
  if (end === 'known') return { rejected: 'duplicate', reply: { status: 200, body: 'known\n' } };
  return { bytes, body: event === 'ping' ? 'pong\n' : 'durable\n' };
};

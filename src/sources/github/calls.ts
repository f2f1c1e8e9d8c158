import type { Clock } from '../../core/clock.ts';
import type { Fact } from '../../core/facts.ts';
import type { Reply } from '../../core/ingress.ts';
import type { SourceName } from '../../core/origin.ts';
import { unlessStopped } from '../waiting.ts';
import { notDurable, type Refusal } from './body.ts';

/** All that one call brought is durable. */
export interface Accepted {
  readonly bytes: number;
  readonly body: string;
  /** Makes a better answer, in time of its own: the call is accepted whatever comes of it. Never rejects. */
  readonly reply?: (() => Promise<Reply>) | undefined;
}

interface CallsNeeds {
  readonly source: SourceName;
  readonly clock: Clock;
  /** What is not durable after so long is answered 503. */
  readonly answerMs: number;
  note(fact: Fact): void;
}

type Work = (giveUp: AbortSignal) => Promise<Accepted | Refusal>;

/** The calls under way: each is answered in time, and said as a fact. */
export interface Calls {
  /** Never rejects. `work` is unheard from when `giveUp` fires. */
  answer(work: Work): Promise<Reply>;
  /** Ends the calls under way: those that become durable within `ms` are still answered so, the others get 503. */
  drain(ms: number): Promise<void>;
}

export const createCalls = ({ source, clock, answerMs, note }: CallsNeeds): Calls => {
  const calls = new Map<AbortController, Promise<Reply>>();

  const settle = async (work: Work, late: AbortController): Promise<Reply> => {
    const begun = clock.monotonic();
    void clock.sleep(answerMs, late.signal).then(() => late.abort());
    // What is not durable in time is sent again; the topic and the store say why in facts of their own.
    const end = await unlessStopped(work(late.signal), late.signal).catch(() => notDurable);
    late.abort();
    if ('rejected' in end) {
      note({ type: 'source.rejected', source, reason: end.rejected, ...(end.detail && { detail: end.detail }) });
      return end.reply;
    }
    note({ type: 'source.accepted', source, bytes: end.bytes, seconds: (clock.monotonic() - begun) / 1_000 });
    return end.reply ? end.reply() : { status: 200, body: end.body };
  };

  return {
    answer(work) {
      const late = new AbortController();
      const reply = settle(work, late).finally(() => calls.delete(late));
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

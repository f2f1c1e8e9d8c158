import type { Clock } from '../../core/clock.ts';
import { Fault, type FaultCode } from '../../core/errors.ts';
import type { RecordFact } from '../../core/facts.ts';
import { GithubRefusal } from './refusal.ts';
import { defaultRetryDelays, nextStep, type Step } from './retry.ts';

/** What is done on GitHub after a key is dead: as long as it does not succeed it stays due. */
export interface Rounds<Due extends { readonly attempts: number }> {
  readonly clock: Clock;
  readonly record: RecordFact;
  /** Oldest first. */
  due(): readonly Due[];
  /** Does it, and notes down what became of it. Rejects with `GithubRefusal`. */
  act(due: Due, stop: AbortSignal): Promise<void>;
  /** One more attempt was made; the next at `dueAt` (epoch ms). */
  later(due: Due, dueAt: number): Promise<void>;
  giveUp(due: Due, refusal: GithubRefusal): Promise<void>;
  /** No second attempt could go better. */
  hopeless?(refusal: GithubRefusal): boolean;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const LOOK_MS = 500;
const TROUBLE_MS = 2_000;
/** What is missing may be late, or hidden from us until somebody mends a permission. */
const DELAYS = { ...defaultRetryDelays, missing: [MINUTE, 10 * MINUTE, HOUR, 6 * HOUR] };

/** Does what is due until `stop` fires. Never rejects. A limit, or a refused credential, is no attempt: all of it waits. */
export const runRounds = async <Due extends { readonly attempts: number }>(
  rounds: Rounds<Due>,
  stop: AbortSignal,
): Promise<void> => {
  let last: Pause | undefined;
  while (!stop.aborted) {
    const pause = await round(rounds, stop).catch(troubled);
    const again = pause && pause.code === last?.code ? last : undefined;
    if (pause && !again) {
      const { code, detail } = pause;
      await rounds.record({ type: 'fault.raised', code, detail }).catch(() => undefined);
    }
    last = pause && { ...pause, ms: again && pause.grows ? Math.min(again.ms * 2, HOUR) : pause.ms };
    await rounds.clock.sleep(last?.ms ?? LOOK_MS, stop);
  }
};

/** Why all of it waits, and how long. */
interface Pause {
  readonly code: FaultCode;
  readonly detail: string;
  readonly ms: number;
  /** Twice as long each time. */
  readonly grows: boolean;
}

/** The store, the journal, or we ourselves: what is due stays due. */
const troubled = (error: unknown): Pause => {
  const how = { ms: TROUBLE_MS, grows: true };
  if (error instanceof Fault) return { ...how, code: error.code, detail: error.message };
  const detail = `a notice on GitHub: ${error instanceof Error ? error.name : 'failed'}`;
  return { ...how, code: 'internal.unexpected', detail };
};

const refused = ({ afterMs: ms, fault: code }: Extract<Step, { step: 'all-later' }>): Pause => {
  const detail = `closing and commenting wait ${Math.ceil(ms / 1_000)} s`;
  return { code, detail, ms, grows: code === 'github.credential-refused' };
};

const round = async <Due extends { readonly attempts: number }>(
  { clock, ...rounds }: Rounds<Due>,
  stop: AbortSignal,
): Promise<Pause | undefined> => {
  let trouble: Pause | undefined;
  for (const one of rounds.due()) {
    const error: unknown = await rounds.act(one, stop).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (stop.aborted) return undefined;
    // One that cannot be done must not keep the others from it.
    if (error && !(error instanceof GithubRefusal)) trouble = troubled(error);
    if (!(error instanceof GithubRefusal)) continue;
    const next = nextStep(one, error, DELAYS);
    const hopeless = next.step === 'later' && rounds.hopeless?.(error);
    if (next.step === 'all-later') return refused(next);
    if (next.step === 'later' && !hopeless) await rounds.later(one, clock.now() + next.afterMs);
    else await rounds.giveUp(one, error);
  }
  return trouble;
};

import type { Clock } from '../../core/clock.ts';
import { Fault } from '../../core/errors.ts';
import type { Fact } from '../../core/facts.ts';
import type { Emit } from '../../core/fragment.ts';
import { createOutlet } from '../outlet.ts';
import { type Bell, createBell } from '../waiting.ts';
import type { GithubClient } from './client.ts';
import { scanCommit } from './commit.ts';
import type { GithubDeliveries, WaitingCommit } from './deliveries.ts';
import type { Parser } from './parse.ts';
import { GithubRefusal } from './refusal.ts';
import { nextStep, type RetryDelays } from './retry.ts';

interface CommitsNeeds {
  readonly deliveries: GithubDeliveries;
  readonly github: GithubClient;
  readonly parser: Parser;
  readonly clock: Clock;
  readonly concurrency: number;
  readonly delays: RetryDelays;
  note(fact: Fact): void;
  nextFlow(): string;
}

/** Works the list of waiting commits off, oldest first, several at once. A row goes only after all of it is durable. */
export interface GithubCommits {
  /** Something new waits. */
  wake(): void;
  run(emit: Emit, stop: AbortSignal): Promise<void>;
}

const MINUTE = 60_000;
const TROUBLE_PAUSE = 2_000;
/** GitHub redelivers for 3 days, GitHub Enterprise Server for 7. */
const REMEMBERED = 7 * 24 * 60 * MINUTE;

export const createCommits = (needs: CommitsNeeds): GithubCommits => {
  const { deliveries, clock, concurrency } = needs;
  const bell = createBell();
  const running = new Map<string, Promise<void>>();
  const pauses = createPauses(needs);

  const begin = (emit: Emit, stop: AbortSignal, now: number): void => {
    if (pauses.until() > now) return;
    for (const commit of deliveries.due(now, concurrency + running.size)) {
      const name = `${commit.repo}@${commit.sha}`;
      if (running.size >= concurrency) return;
      if (running.has(name)) continue;
      const work = attempt(commit, { ...needs, pauses, emit, stop }).finally(() => {
        running.delete(name);
        bell.ring();
      });
      running.set(name, work);
    }
  };

  return {
    wake: bell.ring,
    async run(emit, stop) {
      stop.addEventListener('abort', bell.ring, { once: true });
      const prune = pruning(needs);
      while (!stop.aborted) {
        try {
          await prune();
          // One moment for both: what comes due between them would wait for a minute.
          const now = clock.now();
          begin(emit, stop, now);
          await rest(bell, now, { ...needs, pauses });
        } catch (error) {
          pauses.troubled(error);
        }
      }
      await Promise.all(running.values());
    },
  };
};

/** Fetches and pours one commit, and says what becomes of it. Never rejects. */
const attempt = async (commit: WaitingCommit, needs: AttemptNeeds): Promise<void> => {
  const { emit, stop, nextFlow, deliveries, pauses } = needs;
  const outlet = createOutlet({ emit, stop, giveUp: stop, nextFlow });
  try {
    await scanCommit(commit, { ...needs, outlet });
    await deliveries.done(commit);
  } catch (error) {
    if (stop.aborted) return;
    // Anything but a refusal is the topic or the store: it is no attempt, and comes again after a pause.
    if (!(error instanceof GithubRefusal)) return pauses.troubled(error);
    await settle(commit, error, needs).catch(pauses.troubled);
  }
};

interface AttemptNeeds extends CommitsNeeds {
  readonly pauses: Pauses;
  readonly emit: Emit;
  readonly stop: AbortSignal;
}

const settle = async (commit: WaitingCommit, refusal: GithubRefusal, needs: AttemptNeeds): Promise<void> => {
  const { deliveries, clock, note, pauses } = needs;
  const next = nextStep(commit, refusal, needs.delays);
  if (next.step === 'later') return deliveries.later(commit, clock.now() + next.afterMs);
  if (next.step === 'all-later') {
    note({ type: 'fault.raised', code: next.fault, detail: `commits wait ${Math.ceil(next.afterMs / 1_000)} s` });
    return pauses.add(next.afterMs);
  }
  await deliveries.giveUp(commit, next.reason);
  const locator = `${commit.repo}@${commit.sha}`;
  note({ type: 'source.unscanned', source: 'github-webhook', locator, reason: 'refused', detail: next.reason });
};

/** Until when nothing new is begun (epoch ms). */
interface Pauses {
  until(): number;
  add(ms: number): void;
  troubled(error: unknown): void;
}

const createPauses = ({ clock, note }: CommitsNeeds): Pauses => {
  let until = 0;
  const add = (ms: number): void => {
    until = Math.max(until, clock.now() + ms);
  };
  return {
    until: () => until,
    add,
    troubled(error) {
      add(TROUBLE_PAUSE);
      if (error instanceof Fault) note({ type: 'fault.raised', code: error.code, detail: error.message });
    },
  };
};

/** Until the bell, or until something can be due that was not at `now`. */
const rest = async (
  bell: Bell,
  now: number,
  { clock, deliveries, pauses }: CommitsNeeds & { pauses: Pauses },
): Promise<void> => {
  const due = pauses.until() > now ? pauses.until() : (deliveries.nextDue(now) ?? now + MINUTE);
  const woken = new AbortController();
  void clock.sleep(Math.min(due - now, MINUTE), woken.signal).then(() => {
    if (!woken.signal.aborted) bell.ring();
  });
  await bell.rung();
  woken.abort();
};

const pruning = ({ clock, deliveries }: CommitsNeeds): (() => Promise<void>) => {
  let last = Number.NEGATIVE_INFINITY;
  return async () => {
    if (clock.monotonic() < last + 60 * MINUTE) return;
    last = clock.monotonic();
    await deliveries.prune(clock.now() - REMEMBERED);
  };
};

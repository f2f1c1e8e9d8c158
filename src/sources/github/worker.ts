import type { Clock } from '../../core/clock.ts';
import { Fault } from '../../core/errors.ts';
import type { Fact } from '../../core/facts.ts';
import type { Emit } from '../../core/fragment.ts';
import type { WorkKind } from '../../core/github-facts.ts';
import { createOutlet, type Outlet } from '../outlet.ts';
import { type Bell, createBell } from '../waiting.ts';
import type { GithubClient } from './client.ts';
import type { Cursors } from './cursors.ts';
import type { Parser } from './parse.ts';
import { GithubRefusal } from './refusal.ts';
import { nextStep, type RetryDelays } from './retry.ts';
import { ranks, type Wanted, type Work, type WorkList } from './work-list.ts';

/** What one kind of work is done with. */
export interface ScanNeeds {
  readonly github: GithubClient;
  readonly parser: Parser;
  readonly list: WorkList;
  readonly cursors: Cursors;
  readonly outlet: Outlet;
  readonly clock: Clock;
  readonly stop: AbortSignal;
  note(fact: Fact): void;
}

/** Fetches one thing and pours all of it; gives what it names. Rejects with `GithubRefusal`, or as `Outlet` does. */
export type ScanWork = (work: Work, needs: ScanNeeds) => Promise<readonly Wanted[] | undefined>;

interface WorkerNeeds extends Omit<ScanNeeds, 'outlet' | 'stop'> {
  /** What this worker does. */
  readonly kinds: Readonly<Partial<Record<WorkKind, ScanWork>>>;
  readonly concurrency: number;
  /** So many of these are only for what is exposed, or happens now. */
  readonly kept?: number;
  readonly delays: RetryDelays;
  nextFlow(): string;
  /** New work was named; it may be another worker's. */
  more(): void;
}

/** Works the list off in its order, several at once. A row goes only after all of it is durable. */
export interface Worker {
  /** Something new waits. */
  wake(): void;
  run(emit: Emit, stop: AbortSignal): Promise<void>;
}

/** Another process may have put something on the list. */
const LOOK_MS = 5_000;
const TROUBLE_PAUSE = 2_000;
const LONGEST_PAUSE = 60_000;

export const createWorker = (needs: WorkerNeeds): Worker => {
  const { list, clock, concurrency, kept = 0 } = needs;
  const kinds = Object.keys(needs.kinds) as WorkKind[];
  const bell = createBell();
  const running = new Map<string, { readonly rank: number; readonly ended: Promise<void> }>();
  const held = new Map<string, number>();
  const pauses = createPauses(needs);

  const begin = (emit: Emit, stop: AbortSignal, now: number): void => {
    if (pauses.until() > now) return;
    for (const work of list.due(kinds, now, concurrency + running.size)) {
      const name = `${work.kind} ${work.repo} ${work.item}`;
      if (running.size >= concurrency) return;
      const until = held.get(ownerOf(work)) ?? 0;
      // Those of others that were due behind them are looked for anew.
      if (until > now) void list.hold(ownerOf(work), until).then(bell.ring, pauses.troubled);
      if (until > now || running.has(name)) continue;
      // What follows is no more urgent.
      if (isPast(work) && [...running.values()].filter(isPast).length >= concurrency - kept) return;
      const ended = attempt(work, { ...needs, pauses, held, emit, stop }).finally(() => {
        running.delete(name);
        bell.ring();
      });
      running.set(name, { rank: work.rank, ended });
    }
  };

  return {
    wake: bell.ring,
    async run(emit, stop) {
      stop.addEventListener('abort', bell.ring, { once: true });
      while (!stop.aborted) {
        try {
          // One moment for both: what comes due between them would wait.
          const now = clock.now();
          begin(emit, stop, now);
          const due = pauses.until() > now ? pauses.until() : (list.nextDue(kinds, now) ?? now + LOOK_MS);
          await rest(bell, Math.min(due - now, LOOK_MS), clock);
        } catch (error) {
          pauses.troubled(error);
        }
      }
      await Promise.all([...running.values()].map(({ ended }) => ended));
    },
  };
};

const isPast = ({ rank }: Pick<Work, 'rank'>): boolean => rank > ranks.live;

interface AttemptNeeds extends WorkerNeeds {
  readonly pauses: Pauses;
  /** Owners whose calls GitHub refuses, and until when (epoch ms). */
  readonly held: Map<string, number>;
  readonly emit: Emit;
  readonly stop: AbortSignal;
}

/** Does one, and says what becomes of it. Never rejects. */
const attempt = async (work: Work, needs: AttemptNeeds): Promise<void> => {
  const { emit, stop, nextFlow, list, pauses, clock, note } = needs;
  const outlet = createOutlet({ emit, stop, giveUp: stop, nextFlow });
  const begun = clock.monotonic();
  try {
    const named = await needs.kinds[work.kind]?.(work, { ...needs, outlet });
    await list.done(work, named);
    if (named?.length) needs.more();
    const { source, kind } = work;
    const seconds = (clock.monotonic() - begun) / 1_000;
    note({ type: 'work.done', source, kind, locator: locatorOf(work), bytes: outlet.poured(), seconds });
  } catch (error) {
    if (stop.aborted) return;
    // Anything but a refusal is the topic or the store: it is no attempt, and comes again after a pause.
    if (!(error instanceof GithubRefusal)) return pauses.troubled(error);
    await settle(work, error, needs).catch(pauses.troubled);
  }
};

const settle = async (work: Work, refusal: GithubRefusal, needs: AttemptNeeds): Promise<void> => {
  const { list, clock, note, pauses } = needs;
  const next = nextStep(work, refusal, needs.delays);
  if (next.step === 'later') return list.later(work, clock.now() + next.afterMs);
  if (next.step === 'all-later') {
    // A token is one for all owners.
    const owner = needs.github.isApp ? ownerOf(work) : undefined;
    const until = clock.now() + next.afterMs;
    const of = owner === undefined ? '' : ` of ${owner}`;
    const detail = `everything${of} waits ${Math.ceil(next.afterMs / 1_000)} s`;
    note({ type: 'fault.raised', code: next.fault, detail });
    if (owner === undefined) return pauses.hold(until);
    needs.held.set(owner, until);
    return list.hold(owner, until);
  }
  await list.giveUp(work, next.reason);
  const reason = refusal.status === 410 ? 'gone' : refusal.unreadable ? 'unreadable' : 'refused';
  note({ type: 'source.unscanned', source: work.source, locator: locatorOf(work), reason, detail: next.reason });
};

/** Whose credential, and whose limit, it is where we are an App. */
const ownerOf = ({ repo }: Work): string => repo.split('/', 1)[0] ?? '';

/** For people. */
export const locatorOf = ({ kind, repo, item }: Pick<Work, 'kind' | 'repo' | 'item'>): string =>
  kind === 'commit' ? `${repo}@${item}` : `${repo} (${kind} ${item})`;

/** Until when nothing new is begun (epoch ms): the topic or the store is in trouble, or GitHub refuses our one credential. */
interface Pauses {
  until(): number;
  hold(until: number): void;
  troubled(error: unknown): void;
}

const createPauses = ({ clock, note }: Pick<WorkerNeeds, 'clock' | 'note'>): Pauses => {
  let until = 0;
  let pause = TROUBLE_PAUSE;
  let held = 0;
  return {
    until: () => Math.max(until, held),
    hold(until) {
      held = Math.max(held, until);
    },
    troubled(error) {
      // One trouble may be told by all that are under way.
      if (until > clock.now()) return;
      pause = clock.now() - until > LONGEST_PAUSE ? TROUBLE_PAUSE : Math.min(2 * pause, LONGEST_PAUSE);
      until = clock.now() + pause;
      const code = error instanceof Fault ? error.code : 'internal.unexpected';
      note({ type: 'fault.raised', code, detail: error instanceof Error ? error.message : 'failed' });
    },
  };
};

/** Until the bell, or for so long. */
const rest = async (bell: Bell, ms: number, clock: Clock): Promise<void> => {
  const woken = new AbortController();
  void clock.sleep(ms, woken.signal).then(() => {
    if (!woken.signal.aborted) bell.ring();
  });
  await bell.rung();
  woken.abort();
};

import { describeError, isPassing } from './kafka-client.ts';
import { createSeat, type Place, type Seat, type SeatNeeds } from './kafka-seat.ts';

export interface MemberNeeds extends SeatNeeds {
  readonly sessionTimeoutMs: number;
  /** More rebuilds within ten minutes than this, after errors that do not pass: dead. */
  readonly mostRebuilds: number;
  /** Whether records wait that should have come long ago. */
  stuck(): Promise<boolean>;
}

/** Our place in the group. A seat that crashes, falls silent or is stuck is left for a new one. */
export interface Member extends Pick<Seat, 'commit' | 'pause' | 'resume' | 'seek'> {
  status(): 'joining' | 'running' | 'rebuilding' | 'stopped' | 'dead';
  stop(): Promise<void>;
}

interface State {
  readonly needs: MemberNeeds;
  readonly end: AbortController;
  status: ReturnType<Member['status']>;
  seat?: Seat;
  /** What broke the seat; undefined when it holds. */
  failure?: unknown;
  repairing: boolean;
  repaired?: Promise<void>;
  rebuilds: readonly { readonly at: number; readonly passing: boolean }[];
}

const TEN_MINUTES_MS = 600_000;
const MOST_BACK_OFF_MS = 5_000;

/** Resolves after the first try to join, whether it worked or not: from then on the member repairs itself. */
export const createMember = async (needs: MemberNeeds): Promise<Member> => {
  const it: State = { needs, end: new AbortController(), status: 'joining', repairing: false, rebuilds: [] };
  await sit(it).catch((error: unknown) => rebuild(it, 'kafka.crash', error));
  void watch(it);
  return {
    status: () => it.status,
    commit: async (offsets: ReadonlyMap<Place, number>) => (await it.seat?.commit(offsets)) ?? false,
    pause: (place) => it.seat?.pause(place),
    resume: (place) => it.seat?.resume(place),
    seek: (place, offset) => it.seat?.seek(place, offset),
    async stop() {
      it.end.abort();
      // Also ends a join under way: the group may make it wait for a dead member's session.
      await it.seat?.close();
      await it.repaired;
      if (it.status !== 'dead') it.status = 'stopped';
    },
  };
};

const sit = async (it: State): Promise<void> => {
  const joined = (places: readonly Place[]): void => {
    it.status = 'running';
    it.needs.joined(places);
  };
  it.seat = createSeat({ ...it.needs, joined }, (error) => rebuild(it, 'kafka.crash', error));
  await it.seat.start();
};

const rebuild = (it: State, kind: string, error: unknown): void => {
  it.needs.note({ kind, detail: describeError(error) });
  it.failure = error ?? new Error('unknown');
  if (!it.repairing) it.repaired = repair(it);
};

/** Takes new seats, more and more slowly, until one holds; dead when that will not help. */
const repair = async (it: State): Promise<void> => {
  const { clock, leaving, mostRebuilds, note } = it.needs;
  it.repairing = true;
  while (it.failure !== undefined && !it.end.signal.aborted) {
    it.status = 'rebuilding';
    leaving();
    await it.seat?.close();
    if (hopeless(it, it.failure)) {
      it.status = 'dead';
      note({ kind: 'kafka.dead', detail: `${mostRebuilds} rebuilds in ten minutes did not help` });
      return;
    }
    await clock.sleep(Math.min(100 * 2 ** it.rebuilds.length, MOST_BACK_OFF_MS), it.end.signal);
    if (it.end.signal.aborted) return;
    note({ kind: 'kafka.rebuild', detail: `number ${it.rebuilds.length} in ten minutes` });
    // A join that fails is told as a crash, while `sit` ends well.
    it.failure = undefined;
    await sit(it).catch((error: unknown) => rebuild(it, 'kafka.crash', error));
  }
  it.repairing = false;
};

const hopeless = (it: State, error: unknown): boolean => {
  const now = it.needs.clock.monotonic();
  const recent = it.rebuilds.filter(({ at }) => now - at < TEN_MINUTES_MS);
  it.rebuilds = [...recent, { at: now, passing: isPassing(error) }];
  return it.rebuilds.filter(({ passing }) => !passing).length > it.needs.mostRebuilds;
};

/** A consumer of kafkajs can stand still without an error: it is replaced when the group does not hear it, or nothing comes. */
const watch = async (it: State): Promise<void> => {
  const { clock, sessionTimeoutMs } = it.needs;
  while (!it.end.signal.aborted) {
    await clock.sleep(sessionTimeoutMs / 2, it.end.signal);
    if (it.end.signal.aborted || it.status !== 'running') continue;
    const silentMs = clock.monotonic() - (it.seat?.heard() ?? 0);
    if (silentMs > 2 * sessionTimeoutMs) rebuild(it, 'kafka.stalled', new Error('no heartbeat'));
    else if (await it.needs.stuck().catch(() => false)) rebuild(it, 'kafka.stalled', new Error('records wait'));
  }
};

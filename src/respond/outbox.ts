import type { Clock } from '../core/clock.ts';
import { Fault } from '../core/errors.ts';
import type { Sql, Store } from '../core/store.ts';
import { createRows, type DueParcel, LOOK_MS, type Parcel, type Rows } from './outbox-rows.ts';

/** What became of an attempt. `afterMs`: the least time until the next. */
export type Sent = { readonly arrived: true } | { readonly detail: string; readonly afterMs?: number | undefined };

/** `late`: said once, when several attempts have failed. */
export type Step = 'sent' | 'late' | 'failed';

export interface OutboxSettings {
  /** Sets its parcels apart from those of other boxes. */
  readonly box: string;
  /** After this long a parcel is given up. */
  readonly patienceMs: number;
  /** Until the attempt after so many. */
  waitMs(attempts: number): number;
  /** One attempt. It ends early when `stop` fires. */
  send(parcel: DueParcel, stop: AbortSignal): Promise<Sent>;
  say(step: Step, parcel: DueParcel, how: { readonly seconds: number; readonly detail?: string }): Promise<void>;
}

const DAY_MS = 86_400_000;
const AT_ONCE = 20;
const LATE_ATTEMPTS = 5;

/** The usual patience. A minute less than a day: so long an issuer remembers an idempotency key. */
export const aDay = {
  patienceMs: DAY_MS - 60_000,
  waitMs: (attempts: number): number => Math.min(500 * 2 ** attempts, 3_600_000),
};

interface Needs {
  readonly store: Store;
  readonly clock: Clock;
}

/**
 * Sends what was written down in the transaction that made it true, at once and until it arrives, through every crash: at
 * least once, under the same id. Those that were never tried go first: what nobody takes holds up no news.
 */
export const createOutbox = (settings: OutboxSettings, needs: Needs) => {
  const { clock } = needs;
  const rows = createRows(settings.box, needs);
  const attempt = createAttempt(settings, { rows, clock });
  let nap = new AbortController();
  const wake = (): void => nap.abort();
  /** What is tried just now: a slow answer holds up no other parcel. */
  const underWay = new Map<string, Promise<void>>();

  /** A full disk or a blocked journal: what is due stays due, for a while. */
  const begin = (parcel: DueParcel, stop: AbortSignal): void => {
    const tried = attempt(parcel, stop)
      .catch(() => clock.sleep(LOOK_MS, stop))
      .finally(() => {
        underWay.delete(parcel.id);
        wake();
      });
    underWay.set(parcel.id, tried);
  };
  /** Ms until the next round; undefined: when one of those under way has ended. */
  const round = (stop: AbortSignal): number | undefined => {
    const free = rows.due(AT_ONCE + underWay.size).filter(({ id }) => !underWay.has(id));
    for (const parcel of free.slice(0, Math.max(0, AT_ONCE - underWay.size))) begin(parcel, stop);
    if (underWay.size >= AT_ONCE) return undefined;
    return rows.untilDue(underWay) ?? (underWay.size > 0 ? undefined : LOOK_MS);
  };
  const roundOrRest = (stop: AbortSignal): number | undefined => {
    try {
      return round(stop);
    } catch {
      return LOOK_MS;
    }
  };

  return {
    put(sql: Sql, parcel: Parcel): void {
      rows.add(sql, parcel);
      // Whoever wakes looks when the transaction is over: it ends in this turn of the event loop.
      wake();
    },
    /** Sends what is due until `stop` fires. Never rejects. */
    async run(stop: AbortSignal): Promise<void> {
      stop.addEventListener('abort', wake, { once: true });
      while (!stop.aborted) {
        const ms = roundOrRest(stop);
        await (ms === undefined ? woken(nap.signal) : ms > 0 && clock.sleep(ms, nap.signal));
        nap = new AbortController();
      }
      await Promise.all(underWay.values());
    },
  };
};

const woken = (signal: AbortSignal): Promise<unknown> =>
  new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

/** One attempt, and what becomes of the parcel by it. */
const createAttempt =
  ({ patienceMs, ...settings }: OutboxSettings, { rows, clock }: { readonly rows: Rows; readonly clock: Clock }) =>
  async (parcel: DueParcel, stop: AbortSignal): Promise<void> => {
    const sent = await settings.send(parcel, stop).catch((error: unknown): Sent => ({ detail: nameOf(error) }));
    const ageMs = Math.max(0, clock.now() - parcel.notedAt);
    const seconds = ageMs / 1000;
    // Said before it is over: a crash between the two says it twice, and never not at all.
    if ('arrived' in sent) {
      await settings.say('sent', parcel, { seconds });
      return void (await rows.close(parcel));
    }
    if (stop.aborted) return; // cut short by us: no attempt
    const { detail, afterMs = 0 } = sent;
    if (ageMs >= patienceMs) {
      await settings.say('failed', parcel, { seconds, detail });
      return void (await rows.close(parcel));
    }
    const attempts = parcel.attempts + 1;
    await rows.later({ ...parcel, attempts, detail }, Math.max(settings.waitMs(attempts), afterMs));
    if (attempts === LATE_ATTEMPTS) await settings.say('late', parcel, { seconds, detail });
  };

/** Of an error its name alone: its text may quote what was sent. */
const nameOf = (error: unknown): string =>
  error instanceof Fault ? error.code : error instanceof Error ? error.name : 'failed';

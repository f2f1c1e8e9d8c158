import type { Clock } from '../core/clock.ts';
import { Fault } from '../core/errors.ts';
import type { RecordFact } from '../core/facts.ts';
import type { LiveSecret } from '../core/live-secret.ts';
import type { Secret } from '../core/secret.ts';
import { ANSWER_MS, type Found, isTrouble, type Trouble } from './store.ts';

/** A secret of the settings, and how to have it again. */
export interface Renewable {
  /** The setting, for people. */
  readonly name: string;
  readonly found: Found;
  read(): Promise<Found | Trouble>;
  /** What is wrong with a value that is to come after another, in words without them. */
  faultOf(secret: Secret, before: Secret): string | undefined;
}

export interface RenewingNeeds {
  readonly clock: Clock;
  readonly record: RecordFact;
  /** A value that was replaced is remembered so long. */
  readonly overlapMs: number;
  /** How long a reading may take. */
  readonly readMs?: number;
}

export interface Renewing extends LiveSecret {
  /** Asks the store, also when somebody asks already. Never rejects. */
  refresh(): Promise<void>;
  /** The last try failed: the value is the last good one. */
  readonly isStale: boolean;
  readonly expiresAt: number | undefined;
}

/** A reading may be several calls: to sign in, to be refused, and to sign in again. */
const READ_MS = 3 * ANSWER_MS;

/** Keeps the last good value of a secret while its store has none, and the one before it for a while. */
export const createRenewing = ({ name, faultOf, ...given }: Renewable, needs: RenewingNeeds): Renewing => {
  const { clock, overlapMs, readMs = READ_MS } = needs;
  const record: RecordFact = (fact) => needs.record(fact).catch(() => undefined);
  let current = given.found;
  let former: readonly (Found & { readonly until: number })[] = [];
  let isStale = false;

  const read = async (): Promise<Found | Trouble> => {
    const found = await given.read();
    const why = isTrouble(found) ? undefined : faultOf(found.secret, current.secret);
    return why === undefined ? found : { trouble: 'unusable', why };
  };
  const ask = async (): Promise<void> => {
    const found = await within(readMs, read());
    isStale = isTrouble(found);
    if (isTrouble(found))
      return record({ type: 'secret.unrenewed', setting: name, reason: found.trouble, detail: found.why });
    if (found.secret.expose() === current.secret.expose()) {
      current = { ...found, secret: current.secret }; // the same object: what was made of it stays
      return;
    }
    const now = clock.monotonic();
    former = [{ ...current, until: now + overlapMs }, ...former.filter(({ until }) => until > now)];
    current = found;
    await record({ type: 'secret.renewed', setting: name });
  };
  const refresh = shared(ask);
  const isOver = ({ expiresAt }: Found): boolean => expiresAt !== undefined && expiresAt <= clock.now();
  const replaced = () => former.filter(({ until }) => until > clock.monotonic());
  return {
    now() {
      if (isOver(current)) throw new Fault('secret.expired', name);
      return current.secret;
    },
    recent: () => [current, ...replaced()].flatMap((one) => (isOver(one) ? [] : [one.secret])),
    known: () => [current.secret, ...replaced().map(({ secret }) => secret)],
    async newerThan(refused) {
      if (current.secret === refused) await refresh();
      return current.secret === refused ? undefined : current.secret;
    },
    refresh,
    get isStale() {
      return isStale;
    },
    get expiresAt() {
      return current.expiresAt;
    },
  };
};

/** An answer that is on its way may not know what changed behind it: whoever comes meanwhile shares the next. */
const shared = (ask: () => Promise<void>): (() => Promise<void>) => {
  let asking = Promise.resolve();
  let next: Promise<void> | undefined;
  return () => {
    next ??= asking.then(() => {
      next = undefined;
      asking = ask();
      return asking;
    });
    return next;
  };
};

/** A store should do neither, but one that hangs or throws must not be the last that was asked. Of an error its name alone. */
const within = (ms: number, reading: Promise<Found | Trouble>): Promise<Found | Trouble> =>
  new Promise((resolve) => {
    const fail = (why: string): void => resolve({ trouble: 'unreachable', why });
    const late = (): void => fail(`the store gave no answer within ${ms / 1_000} s`);
    AbortSignal.timeout(ms).addEventListener('abort', late, { once: true });
    reading.then(resolve, (error: unknown) =>
      fail(`asking the store failed (${error instanceof Error ? error.name : 'unknown'})`),
    );
  });

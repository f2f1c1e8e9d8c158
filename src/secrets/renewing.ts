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
  /** The last try failed, or what it gave is refused where it is used: the value is the last good one. */
  readonly isStale: boolean;
  readonly expiresAt: number | undefined;
}

/** Told of a value that its store has, and that somebody else refuses. */
const REFUSED_THERE: Trouble = {
  trouble: 'unusable',
  why: 'what its store has now is refused where it is used (401); the one before it is still good there, and is used',
};

/** A reading may be several calls: to sign in, to be refused, and to sign in again. */
const READ_MS = 3 * ANSWER_MS;

/** Keeps the last good value of a secret while its store has none, and the one before it for a while. */
export const createRenewing = ({ name, faultOf, ...given }: Renewable, needs: RenewingNeeds): Renewing => {
  const record: RecordFact = (fact) => needs.record(fact).catch(() => undefined);
  const unrenewed = ({ trouble, why }: Trouble) =>
    record({ type: 'secret.unrenewed', setting: name, reason: trouble, detail: why });
  const values = createValues(given.found, needs);
  let isStale = false;

  const read = async (): Promise<Found | Trouble> => {
    const found = await given.read();
    const why = isTrouble(found) ? undefined : faultOf(found.secret, values.newest().secret);
    return why === undefined ? found : { trouble: 'unusable', why };
  };
  const refresh = shared(async () => {
    const found = await within(needs.readMs ?? READ_MS, read());
    isStale = isTrouble(found);
    if (isTrouble(found)) return unrenewed(found);
    if (values.take(found)) await record({ type: 'secret.renewed', setting: name });
  });
  return {
    now() {
      const one = values.used();
      if (values.isOver(one)) throw new Fault('secret.expired', name);
      return one.secret;
    },
    recent() {
      const all = new Set([values.used(), values.newest(), ...values.replaced()]);
      return [...all].flatMap((one) => (values.isOver(one) ? [] : [one.secret]));
    },
    known: () => [values.newest().secret, ...values.replaced().map(({ secret }) => secret)],
    async newerThan(refused) {
      if (values.used().secret === refused) await refresh();
      const { secret } = values.newest();
      return secret === refused ? undefined : secret;
    },
    prefer(taken, refused) {
      if (values.prefer(taken, refused)) void unrenewed(REFUSED_THERE);
    },
    refresh,
    get isStale() {
      return isStale || values.used() !== values.newest();
    },
    get expiresAt() {
      return values.newest().expiresAt;
    },
  };
};

/** A value that was replaced; it is remembered until then, by the monotonic clock. */
type Former = Found & { readonly until: number };

/** What a secret is, and what it was before. */
const createValues = (first: Found, { clock, overlapMs }: Pick<RenewingNeeds, 'clock' | 'overlapMs'>) => {
  let newest = first;
  let former: readonly Former[] = [];
  /** Counts in the place of the newest, for that was refused where it is used. */
  let instead: Former | undefined;
  const isOver = ({ expiresAt }: Found): boolean => expiresAt !== undefined && expiresAt <= clock.now();
  const replaced = () => former.filter((one) => one.until > clock.monotonic() || one === instead);
  return {
    isOver,
    replaced,
    newest: () => newest,
    used: (): Found => (instead && !isOver(instead) ? instead : newest),
    /** Whether it is another than before. */
    take(found: Found): boolean {
      if (found.secret.expose() === newest.secret.expose()) {
        newest = { ...found, secret: newest.secret }; // the same object: what was made of it stays
        return false;
      }
      const until = clock.monotonic() + overlapMs;
      const inUse = instead ? [{ ...instead, until }] : [];
      former = [...inUse, { ...newest, until }, ...replaced().filter((one) => one !== instead)];
      [newest, instead] = [found, undefined];
      return true;
    },
    /** Whether one of those before it counts from now on. */
    prefer(taken: Secret, refused: readonly Secret[]): boolean {
      const before = instead;
      if (taken === newest.secret) instead = undefined;
      else if (refused.includes(newest.secret)) instead = former.find(({ secret }) => secret === taken);
      return instead !== undefined && instead !== before;
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

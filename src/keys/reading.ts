import type { Clock } from '../core/clock.ts';
import { Fault } from '../core/errors.ts';
import type { Issuer } from '../core/issuer.ts';
import type { IssuedKey, Keeper, KeyOwner, Listed, Part, Whose } from '../core/keeper.ts';
import type { Shelf } from './shelf.ts';

export interface ReadingNeeds {
  readonly keeper: Keeper;
  readonly shelf: Shelf;
  readonly clock: Clock;
  readonly stop: AbortSignal;
  /** Hears how far it is, now and then. */
  readonly progress?: (so: Progress) => void;
  /** Hears why there was no answer; it is asked for again. */
  readonly waits?: (reason: string) => void;
  /** Tries of one call before the reading is given up. */
  readonly tries?: number;
}

export interface Progress {
  readonly environment: string;
  readonly owners: number;
  readonly keys: number;
  /** Why there was no answer just now. */
  readonly waitsFor?: string;
}

/** Owners whose keys are asked for at once: the answers take as long as they like, the road paces the calls. */
const AT_ONCE = 8;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
const TRIES = 8;
/** Places that a next part may stand behind: the last of the part before, and some before that one. */
const PLACES = 4;
/** Owners with an answer that we do not understand: where there are more, it is the issuer that we do not understand. */
const MOST_ODD = 10;

/** The reading was stopped. */
class Stopped extends Error {}

/** What was asked for in vain, in the end. */
class Unread extends Error {
  readonly reason: string;
  readonly what: string;
  constructor(reason: string, what: string) {
    super(`${reason}: ${what}`);
    this.reason = reason;
    this.what = what;
  }
}

/** One of the issuer's lists, and what it is called. */
interface List<T> {
  readonly what: string;
  ask(after: string | undefined): Promise<Listed<Part<T>>>;
  idOf(item: T): string;
}

/** Asks until there is an answer, or that there is nothing; gives the last of so many tries. Errors: `Stopped`. */
const firmly = async <T>(
  ask: () => Promise<Listed<T>>,
  { clock, stop, waits, tries = TRIES }: ReadingNeeds,
): Promise<Listed<T>> => {
  let pause = FIRST_PAUSE_MS;
  for (let tried = 1; ; tried += 1) {
    if (stop.aborted) throw new Stopped();
    const answer = await ask();
    if ('got' in answer || answer.reason === 'missing' || tried === tries) return answer;
    waits?.(answer.reason);
    await clock.sleep(Math.max(pause, answer.retryAfterMs ?? 0), stop);
    pause = Math.min(2 * pause, LONGEST_PAUSE_MS);
  }
};

/**
 * What stands behind the first of some places that the issuer still knows: what a list goes on behind may be deleted
 * meanwhile. Undefined: there is no such list (any more). Errors: `Unread`.
 */
const partBehind = async <T>(
  places: readonly (string | undefined)[],
  { what, ask }: List<T>,
  needs: ReadingNeeds,
): Promise<Part<T> | undefined> => {
  let reason = '';
  for (const [nth, place] of places.entries()) {
    const tries = nth < places.length - 1 ? 2 : needs.tries;
    const answer = await firmly(() => ask(place), { ...needs, ...(tries && { tries }) });
    if ('got' in answer) return answer.got;
    ({ reason } = answer);
    if (reason !== 'missing' && reason !== 'unrecognised') break;
  }
  // An end in the middle must not look like a list that is over: what stands behind it would be taken for gone.
  if (reason === 'missing' && !('got' in (await firmly(() => ask(undefined), needs)))) return undefined;
  throw new Unread(reason, what);
};

/** All parts of a list, one after the other. Errors: `Unread`. */
async function* partsOf<T>(list: List<T>, needs: ReadingNeeds): AsyncGenerator<readonly T[]> {
  let places: readonly (string | undefined)[] = [undefined];
  do {
    const part = await partBehind(places, list, needs);
    if (!part) return;
    yield part.items;
    const before = part.items.map(list.idOf).toReversed().slice(1, PLACES);
    places = part.next === undefined ? [] : [part.next, ...before];
  } while (places.length > 0);
}

/**
 * Asks for all keys of one environment, owner by owner, and puts them on the shelf as they come. What is not there any more
 * is taken off at the end, so that a reading which is cut short takes nothing away; nor does one in which a few owners
 * had an answer that we do not understand: all others are read. False: it was stopped.
 * Errors: `Fault` `keys.unanswered`, `issuer.credential-refused`.
 */
export const readKeys = async (issuer: Issuer, needs: ReadingNeeds): Promise<boolean> => {
  const { keeper, shelf, clock, progress } = needs;
  const { environment } = issuer;
  const readAt = clock.now();
  const odd: string[] = [];
  let [owners, keys] = [0, 0];

  const readOwner = async (whose: Whose): Promise<void> => {
    const what = `the keys of ${whose.type} ${whose.id}`;
    const list: List<IssuedKey> = { what, ask: (after) => keeper.keys(issuer, whose, after), idOf: ({ id }) => id };
    for await (const items of partsOf(list, needs)) {
      if (items.length > 0) await shelf.add(environment, items, readAt);
      keys += items.length;
    }
    owners += 1;
    progress?.({ environment, owners, keys });
  };
  const readOrName = (whose: Whose): Promise<void> =>
    readOwner(whose).catch((error: unknown) => {
      if (!(error instanceof Unread) || error.reason !== 'unrecognised' || odd.length === MOST_ODD) throw error;
      odd.push(error.what);
    });
  const readAll = async (type: KeyOwner['type']): Promise<void> => {
    const list = { what: `all ${type}s`, ask: (after?: string) => keeper.owners(issuer, type, after), idOf: String };
    for await (const ids of partsOf(list, needs)) {
      const left = ids.map((id) => ({ type, id }));
      const worker = async (): Promise<void> => {
        for (let whose = left.shift(); whose; whose = left.shift()) await readOrName(whose);
      };
      const drop = (error: unknown): never => {
        left.length = 0; // The others end, too.
        throw error;
      };
      await Promise.all(Array.from({ length: AT_ONCE }, () => worker().catch(drop)));
    }
  };

  try {
    await readAll('organization');
    await readAll('user');
    if (odd.length > 0) throw new Unread('unrecognised', odd.join(', '));
  } catch (error) {
    if (error instanceof Stopped) return false;
    throw error instanceof Unread ? new Fault('keys.unanswered', error.message) : error;
  }
  await shelf.settle(environment, readAt);
  return true;
};

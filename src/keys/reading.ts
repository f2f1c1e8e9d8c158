import type { Clock } from '../core/clock.ts';
import { Fault } from '../core/errors.ts';
import type { Issuer } from '../core/issuer.ts';
import type { Keeper, KeyOwner, Listed, Part, Whose } from '../core/keeper.ts';
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

/** The reading was stopped. */
class Stopped extends Error {}

/** Asks until there is an answer. Undefined: there is no such owner (any more). Errors: `keys.unanswered`, `Stopped`. */
const firmly = async <T>(
  ask: () => Promise<Listed<T>>,
  { clock, stop, waits, tries = TRIES }: ReadingNeeds,
): Promise<T | undefined> => {
  let pause = FIRST_PAUSE_MS;
  for (let tried = 1; ; tried += 1) {
    if (stop.aborted) throw new Stopped();
    const answer = await ask();
    if ('got' in answer) return answer.got;
    if (answer.reason === 'missing') return undefined;
    if (tried === tries) throw new Fault('keys.unanswered', answer.reason);
    waits?.(answer.reason);
    await clock.sleep(Math.max(pause, answer.retryAfterMs ?? 0), stop);
    pause = Math.min(2 * pause, LONGEST_PAUSE_MS);
  }
};

/** All parts of a list, one after the other. */
async function* partsOf<T>(
  ask: (after: string | undefined) => Promise<Listed<Part<T>>>,
  needs: ReadingNeeds,
): AsyncGenerator<readonly T[]> {
  let after: string | undefined;
  do {
    const part = await firmly(() => ask(after), needs);
    if (!part) return;
    yield part.items;
    after = part.next;
  } while (after !== undefined);
}

/**
 * Asks for all keys of one environment, owner by owner, and puts them on the shelf as they come. What is not there any more
 * is taken off at the end, so that a reading which is cut short takes nothing away. False: it was stopped.
 * Errors: `Fault` `keys.unanswered`, `issuer.credential-refused`.
 */
export const readKeys = async (issuer: Issuer, needs: ReadingNeeds): Promise<boolean> => {
  const { keeper, shelf, clock, progress } = needs;
  const { environment } = issuer;
  const readAt = clock.now();
  let [owners, keys] = [0, 0];

  const readOwner = async (whose: Whose): Promise<void> => {
    for await (const items of partsOf((after) => keeper.keys(issuer, whose, after), needs)) {
      if (items.length > 0) await shelf.add(environment, items, readAt);
      keys += items.length;
    }
    owners += 1;
    progress?.({ environment, owners, keys });
  };
  const readAll = async (type: KeyOwner['type']): Promise<void> => {
    for await (const ids of partsOf((after) => keeper.owners(issuer, type, after), needs)) {
      const left = ids.map((id) => ({ type, id }));
      const worker = async (): Promise<void> => {
        for (let whose = left.shift(); whose; whose = left.shift()) await readOwner(whose);
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
  } catch (error) {
    if (error instanceof Stopped) return false;
    throw error;
  }
  await shelf.settle(environment, readAt);
  return true;
};

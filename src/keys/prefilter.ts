import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '../core/clock.ts';
import type { RecordFact } from '../core/facts.ts';
import type { IssuedKey } from '../core/keeper.ts';
import type { Sight } from '../core/prefilter.ts';
import type { Secret } from '../core/secret.ts';
import type { Shelf } from './shelf.ts';
import { createSuffixes, type Suffixes } from './suffixes.ts';

interface Needs {
  readonly shelf: Pick<Shelf, 'freshness' | 'pages'>;
  readonly environments: readonly string[];
  readonly clock: Clock;
  readonly record: RecordFact;
  /** What was followed longer ago (ms) is stale. */
  readonly staleMs: number;
}

/** What is known of one environment. */
interface Known {
  suffixes: Suffixes;
  /** Those that are put together anew. */
  next?: Suffixes;
  /** The reading that they are of, and up to when it was followed. */
  readAt?: number;
  followedAt?: number;
  /** People were told that it lets everything through. */
  isTold?: boolean;
}

/**
 * Tells by its last characters whether a candidate may be one of the keys that the issuer has. All is in memory. A key
 * that ended is known until all are read again: asking about it is harmless, and tells that it is dead.
 */
export const createPrefilter = ({ shelf, environments, clock, record, staleMs }: Needs) => {
  const known = new Map(environments.map((one): [string, Known] => [one, { suffixes: createSuffixes() }]));

  const rebuild = async (environment: string, it: Known): Promise<void> => {
    const next = createSuffixes();
    it.next = next; // What is put on the shelf meanwhile is put here, too.
    for (const page of shelf.pages(environment)) {
      for (const { masked } of page) next.add(masked);
      await turn();
    }
    it.suffixes = next;
    delete it.next;
  };
  /** Seconds since which least is known; undefined: of one environment nothing is. */
  const ageOf = (): number | undefined => {
    const all = [...known.values()].map(({ readAt, followedAt }) => readAt && followedAt);
    const oldest = Math.min(...all.map((at) => at ?? Number.NaN));
    return Number.isNaN(oldest) ? undefined : Math.max(0, clock.now() - oldest) / 1_000;
  };
  const isStale = (age = ageOf()): boolean => age === undefined || age * 1_000 > staleMs;

  return {
    /** Keys that were put on the shelf. */
    add(environment: string, keys: readonly IssuedKey[]): void {
      const { suffixes, next } = known.get(environment) ?? {};
      for (const { masked } of keys) for (const one of [suffixes, next]) one?.add(masked);
    },
    /** Learns how fresh the shelf is. Somebody else may have read all keys: then they are looked through again. */
    async refresh(): Promise<void> {
      for (const [environment, it] of known) {
        const { readAt, followedAt } = shelf.freshness(environment);
        if (readAt !== undefined && readAt !== it.readAt) await rebuild(environment, it);
        const isOpen = it.suffixes.isOpen();
        if (isOpen && !it.isTold) await record({ type: 'keys.unmasked', environment });
        Object.assign(it, { readAt, followedAt, isTold: isOpen });
      }
    },
    look(secret: Secret): Sight {
      const text = secret.expose();
      const age = ageOf();
      const seconds = age === undefined ? {} : { inventorySeconds: age };
      for (const { suffixes } of known.values()) if (suffixes.has(text)) return { said: 'match', ...seconds };
      return { said: isStale(age) ? 'stale' : 'no-match', ...seconds };
    },
    isStale: (): boolean => isStale(),
  };
};

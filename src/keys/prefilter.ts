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
  /** The reading that they are of. */
  readAt?: number;
  /** People were told that it lets everything through. */
  isTold?: boolean;
}

/**
 * Tells by its last characters whether a candidate may be one of the keys that the issuer has. All is in memory. A key
 * that ended is known until all are read again: asking about it is harmless, and tells that it is dead.
 */
export const createPrefilter = ({ shelf, environments, clock, record, staleMs }: Needs) => {
  const known = new Map(environments.map((one): [string, Known] => [one, { suffixes: createSuffixes() }]));
  /** Up to when all is known (ms since 1970), of the environment of which least is. */
  let knownAt: number | undefined;

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
  const ageMs = (): number => clock.now() - (knownAt ?? 0);
  // Where the clock was put back, nobody knows how old it is.
  const isStale = (age = ageMs()): boolean => knownAt === undefined || age < 0 || age > staleMs;

  return {
    /** Keys that were put on the shelf. */
    add(environment: string, keys: readonly IssuedKey[]): void {
      const { suffixes, next } = known.get(environment) ?? {};
      for (const { masked } of keys) for (const one of [suffixes, next]) one?.add(masked);
    },
    /** Learns how fresh the shelf is. Somebody else may have read all keys: then they are looked through again. */
    async refresh(): Promise<void> {
      let least = Number.POSITIVE_INFINITY;
      for (const [environment, it] of known) {
        const { readAt, followedAt } = shelf.freshness(environment);
        if (readAt !== undefined && readAt !== it.readAt) await rebuild(environment, it);
        const isOpen = it.suffixes.isOpen();
        if (isOpen && !it.isTold) await record({ type: 'keys.unmasked', environment });
        Object.assign(it, { readAt, isTold: isOpen });
        least = Math.min(least, (readAt && followedAt) ?? Number.NaN);
      }
      knownAt = Number.isFinite(least) ? least : undefined;
    },
    look(secret: Secret): Sight {
      const text = secret.expose();
      const age = ageMs();
      const seconds = knownAt === undefined ? {} : { inventorySeconds: Math.max(0, age) / 1_000 };
      for (const { suffixes } of known.values()) if (suffixes.has(text)) return { said: 'match', ...seconds };
      return { said: isStale(age) ? 'stale' : 'no-match', ...seconds };
    },
    isStale: (): boolean => isStale(),
  };
};

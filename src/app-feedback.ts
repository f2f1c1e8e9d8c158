import type { Clock } from './core/clock.ts';
import type { Secret } from './core/secret.ts';
import type { Incident } from './respond/ledger.ts';

const LOOK_MS = 100;
/** So many are looked at together, those that waited longest: each costs a read, and the event loop is for deletions. */
const AT_ONCE = 100;
const MOST_WAITING = 1_000;

interface Needs {
  /** The fingerprints under which a text would be a candidate. */
  fingerprintsOf(secret: Secret): readonly string[];
  find(fingerprint: string): Incident | undefined;
  readonly clock: Clock;
}

type Said = 'true_positive' | 'false_positive' | undefined;

interface Waiting {
  readonly fingerprints: readonly string[];
  readonly stop: AbortSignal;
  /** Ends the waiting with what `say` gives, or throws. */
  settle(say: () => Said): void;
}

/**
 * What the issuer said of a key: was it ever real? Undefined when `stop` fires before anything is decided, and when too many
 * wait for that already.
 */
export const createVerdicts = ({ fingerprintsOf, find, clock }: Needs) => {
  const waiting = new Set<Waiting>();

  const sayOf = (fingerprints: readonly string[]): Said => {
    const found = fingerprints.map(find);
    // A handle is given to a live key only.
    if (found.some((one) => one?.handle !== undefined)) return 'true_positive';
    return found.every((one) => one?.outcome === 'dead') ? 'false_positive' : undefined;
  };

  const look = (one: Waiting): void => {
    waiting.delete(one);
    try {
      const said = sayOf(one.fingerprints);
      if (said) one.settle(() => said);
      else waiting.add(one);
    } catch (error) {
      one.settle(() => {
        throw error;
      });
    }
  };

  /** One for all, as long as any waits. */
  const keepLooking = async (): Promise<void> => {
    while (waiting.size > 0) {
      await clock.sleep(LOOK_MS);
      for (const one of waiting) if (one.stop.aborted && waiting.delete(one)) one.settle(() => undefined);
      for (const one of [...waiting].slice(0, AT_ONCE)) look(one);
    }
  };

  return async (secret: Secret, stop: AbortSignal): Promise<Said> => {
    const fingerprints = fingerprintsOf(secret);
    const said = fingerprints.length > 0 ? sayOf(fingerprints) : undefined;
    if (said || fingerprints.length === 0 || stop.aborted || waiting.size >= MOST_WAITING) return said;
    const { promise, resolve } = Promise.withResolvers<() => Said>();
    waiting.add({ fingerprints, stop, settle: resolve });
    if (waiting.size === 1) void keepLooking();
    return (await promise)();
  };
};

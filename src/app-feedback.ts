import type { Clock } from './core/clock.ts';
import type { Secret } from './core/secret.ts';
import type { Incident } from './respond/ledger.ts';

const LOOK_MS = 100;

interface Needs {
  /** The fingerprints under which a text would be a candidate. */
  fingerprintsOf(secret: Secret): readonly string[];
  find(fingerprint: string): Incident | undefined;
  readonly clock: Clock;
}

/** What the issuer said of a key: was it ever real? Undefined when `stop` fires before anything is decided. */
export const createVerdicts =
  ({ fingerprintsOf, find, clock }: Needs) =>
  async (secret: Secret, stop: AbortSignal): Promise<'true_positive' | 'false_positive' | undefined> => {
    const fingerprints = fingerprintsOf(secret);
    while (fingerprints.length > 0) {
      const found = fingerprints.map(find);
      // A handle is given to a live key only.
      if (found.some((one) => one?.handle !== undefined)) return 'true_positive';
      if (found.every((one) => one?.outcome === 'dead')) return 'false_positive';
      if (stop.aborted) return undefined;
      await clock.sleep(LOOK_MS, stop);
    }
    return undefined;
  };

import { detectors as registry } from '../detectors/index.ts';
import { openRecording } from './app-record.ts';
import type { Loaded } from './config-read.ts';
import { systemClock } from './core/clock.ts';
import { createOpsDoor } from './ops/http.ts';
import { createEngine } from './scan/engine.ts';
import { ruleOf } from './scan/rule.ts';
import { createScrub } from './scan/scrub.ts';

interface Needs {
  readonly version: string;
  readonly stop: AbortSignal;
  /** Reads the settings once more. Errors: `Fault` `config.invalid`. */
  readonly again: () => Promise<Loaded>;
  /** Hears where the ops paths are, and what is waited for. */
  readonly tell: (opsUrl: string, sealed: readonly string[]) => void;
}

const FIRST_WAIT_MS = 1_000;
const MOST_WAIT_MS = 30_000;

/**
 * Waits until every secret of the settings was had; undefined when `stop` fires. Meanwhile there is no door for senders (they
 * come again), and `/readyz` says which setting is waited for, and why. Errors: `Fault`s, such as a reference that turns out wrong.
 */
export const unsealed = async (first: Loaded, { version, stop, again, tell }: Needs): Promise<Loaded | undefined> => {
  const { settings } = first;
  const detectors = registry(settings.detectors);
  const scrub = createScrub(createEngine(detectors.map(ruleOf)));
  // As the role that deletes nothing: nothing is journaled here.
  const known = { role: 'scan', version, detectors, scrub, clock: systemClock } as const;
  const { record, metrics } = await openRecording(settings, known);
  let { sealed } = first;
  const ready = () => sealed.map((one) => `sealed: ${one}`);
  const door = createOpsDoor({ ...settings.http, version, mode: settings.policy.mode, ready, scrape: metrics.scrape });
  try {
    tell(await door.listen(), sealed);
    for (let wait = FIRST_WAIT_MS; ; wait = Math.min(2 * wait, MOST_WAIT_MS)) {
      await record({ type: 'secrets.counted', stale: 0, sealed: sealed.length });
      for (const detail of sealed) await record({ type: 'fault.raised', code: 'secret.unreachable', detail });
      await systemClock.sleep(wait, stop);
      if (stop.aborted) return undefined;
      const loaded = await again();
      ({ sealed } = loaded);
      if (sealed.length === 0) return loaded;
    }
  } finally {
    await door.close(0);
  }
};

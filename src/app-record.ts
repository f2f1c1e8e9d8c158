import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Settings } from './config.ts';
import type { Role } from './config-read.ts';
import { environmentsOf } from './config-rules.ts';
import type { Clock } from './core/clock.ts';
import { askedIssuers, type Detector } from './core/detector.ts';
import { Fault } from './core/errors.ts';
import type { Fact, RecordFact } from './core/facts.ts';
import { openJournal } from './record/journal.ts';
import { createLog } from './record/log.ts';
import { createMetrics, type KnownAtStart, type Metrics } from './record/metrics.ts';
import { createRecord } from './record/record.ts';
import { lockFile } from './store.ts';

export interface Recording {
  readonly record: RecordFact;
  readonly metrics: Metrics;
  close(): Promise<void>;
}

export interface RecordingNeeds {
  readonly role: Role;
  readonly version: string;
  readonly detectors: readonly Detector[];
  /** Replaces whatever looks like a key in a text. */
  readonly scrub: (text: string) => string;
  readonly clock: Clock;
  /** So long it waits for another who writes the journal: a command may, for a moment (ms). */
  readonly patienceMs?: number;
  /** Where log lines go; standard output when absent. */
  readonly log?: { write(line: string): unknown };
  /** Sees every fact as it is recorded; the demo's timeline. */
  readonly watch?: (fact: Fact) => void;
}

export const auditFolder = ({ dataDir }: Pick<Settings, 'dataDir'>): string => join(dataDir, 'audit');

/**
 * What labels may say, as far as the code does not tell. Of issuers those that are asked: nothing is ever counted of the
 * others, and each would be seven hundred series, a scrape of half a second in all.
 */
export const knownAtStart = (
  settings: Pick<Settings, 'workos'>,
  { detectors, version }: Pick<RecordingNeeds, 'detectors' | 'version'>,
): KnownAtStart => ({
  detector: detectors.map(({ id }) => id),
  issuer: askedIssuers(detectors),
  environment: environmentsOf(settings),
  version: [version],
});

/** The log, the metrics and, where keys are deleted, the journal. */
export const openRecording = async (settings: Settings, needs: RecordingNeeds): Promise<Recording> => {
  const { role, version, scrub, clock, watch } = needs;
  const metrics = createMetrics(knownAtStart(settings, needs));
  metrics.set('keyfuse_build_info', 1, { version });
  metrics.set('keyfuse_mode', 1, { mode: settings.policy.mode });
  const log = createLog({ ...settings.log, scrub, ...(needs.log && { stream: needs.log }) });
  const who = { kind: 'daemon', id: hostname(), version } as const;
  const journal =
    role === 'scan'
      ? undefined
      : await patiently(needs, () =>
          openJournal({
            ...{ folder: auditFolder(settings), lock: lockFile, clock, who },
            ...{ boot: randomUUID(), scrub, metrics },
          }),
        );
  const record = createRecord({ log, metrics, clock, ...(journal && { journal }) });
  return {
    record: async (fact) => {
      watch?.(fact);
      await record(fact);
    },
    metrics,
    close: async () => journal?.close(),
  };
};

const LOCK_EVERY_MS = 250;

const patiently = async <T>(
  { clock, patienceMs = 0 }: Pick<RecordingNeeds, 'clock' | 'patienceMs'>,
  open: () => Promise<T>,
): Promise<T> => {
  for (const began = clock.monotonic(); ; await clock.sleep(LOCK_EVERY_MS)) {
    try {
      return await open();
    } catch (error) {
      const isLocked = error instanceof Fault && error.code === 'journal.locked';
      if (!isLocked || clock.monotonic() - began >= patienceMs) throw error;
    }
  }
};

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../src/core/clock.ts';
import { type Journal, type JournalNeeds, openJournal } from '../../src/record/journal.ts';
import { createMetrics, type Metrics } from '../../src/record/metrics.ts';
import { lockFile } from '../../src/store.ts';

export const testMetrics = (): Metrics =>
  createMetrics({
    version: ['0.0.0'],
    issuer: ['workos'],
    environment: ['default'],
    detector: ['workos-customer-key'],
  });

export const openTestJournal = (folder: string, more: Partial<JournalNeeds> = {}): Promise<Journal> =>
  openJournal({
    folder,
    lock: lockFile,
    clock: systemClock,
    who: { kind: 'daemon', id: 'test', version: '0.0.0' },
    boot: 'boot-of-the-test',
    scrub: (text) => text,
    metrics: testMetrics(),
    ...more,
  });

export const linesOf = (folder: string, file = 'journal.jsonl'): string[] =>
  readFileSync(join(folder, file), 'utf8').split('\n').slice(0, -1);

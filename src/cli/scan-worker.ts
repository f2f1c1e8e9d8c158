import { parentPort, workerData } from 'node:worker_threads';
import type { RawPath } from '../sources/paths.ts';
import { type Report, reportOf } from './scan-report.ts';
import { openSeed, type ScanSeed, seededScanner } from './scan-seed.ts';
import { createUnitScan } from './scan-unit.ts';
import type { Unit } from './unit.ts';

const seed = workerData as ScanSeed;
const { scanner, suppressed } = seededScanner(seed, await openSeed(seed));
const { scanUnit } = createUnitScan({ ...seed, scanner });

/** A buffer arrives as plain bytes. */
const buffered = (raw: RawPath): RawPath => (typeof raw === 'string' ? raw : Buffer.from(raw));

parentPort?.on('message', async (units: readonly Unit[] | null) => {
  if (units === null) return parentPort?.close(); // nothing more is asked
  const reports: Report[] = [];
  for (const unit of units) {
    const own: Unit = { ...unit, file: { ...unit.file, raw: buffered(unit.file.raw) } };
    reports.push(await reportOf((tells) => scanUnit(own, tells)));
  }
  parentPort?.postMessage({ reports, suppressed: [...suppressed] });
  suppressed.clear();
});

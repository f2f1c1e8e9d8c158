import { setImmediate as turn } from 'node:timers/promises';
import { readFifo } from '../sources/fifo.ts';
import type { Io } from './io.ts';
import { placeOf } from './lines.ts';
import { createCarry } from './scan-carry.ts';
import { createCrew } from './scan-crew.ts';
import type { Located } from './scan-finding.ts';
import { costOf, type Step } from './scan-plan.ts';
import { tellAgain } from './scan-report.ts';
import { type ScanSeed, type Seeded, seededScanner } from './scan-seed.ts';
import type { Counted } from './scan-summary.ts';
import { createUnitScan } from './scan-unit.ts';
import type { Unit, UnitTells } from './unit.ts';

/** What a scan tells, in the order of the paths. */
export interface ScanTells {
  found(located: Located): void;
  unread(file: string, why: string, what?: Counted): void;
  skipped(why: string): void;
  suppressed(reason: string, count: number): void;
  read(bytes: number): void;
  file(): void;
  commit(): void;
  /** So many commits more are coming; absent where nobody looks. */
  coming?: (commits: number) => void;
  /** What is done before there is anything to tell. */
  doing?: (what: string) => void;
}

export interface FilesNeeds {
  readonly seed: ScanSeed;
  readonly seeded: Seeded;
  readonly jobs: number;
  readonly io: Pick<Io, 'stdin' | 'stop'>;
  readonly tells: ScanTells;
  /** Work from which threads are started, in bytes; default: half a second's. */
  readonly crewFrom?: number;
}

/** Work of less than half a second is done before threads have started. */
const CREW_FROM = 400_000_000;
/** Steps under way or told too early, per thread. */
const AHEAD = 4;

/** Scans what was planned; by threads when there is enough of it. */
export const scanFiles = async (steps: Iterator<Step>, needs: FilesNeeds): Promise<void> => {
  const { jobs, crewFrom = CREW_FROM } = needs;
  const ahead: Step[] = [];
  let cost = 0;
  let next = steps.next();
  if (jobs > 1) {
    for (; !next.done && cost < crewFrom; next = steps.next()) {
      ahead.push(next.value);
      cost += costOf(next.value);
    }
  }
  const all = function* (): Generator<Step> {
    yield* ahead;
    for (; !next.done; next = steps.next()) yield next.value;
  };
  await (jobs > 1 && cost >= crewFrom ? byCrew(all(), needs) : alone(all(), needs));
};

/** One thread: this one. */
const createHere = ({ seed, seeded, io, tells }: FilesNeeds) => {
  const { scanner, suppressed } = seededScanner(seed, seeded);
  const { scanUnit, scanStream } = createUnitScan({ ...seed, scanner });
  const place = createPlacing(tells);
  return async (step: Step): Promise<void> => {
    if (step.kind === 'units') for (const unit of step.units) await scanUnit(unit, place(unit));
    else if (step.kind === 'stream') await scanStream(step.path, openStream(step.path, io), place());
    else if (step.kind === 'skipped') tells.skipped(step.why);
    else tells.unread(step.path, step.why);
    for (const one of suppressed) tells.suppressed(...one);
    suppressed.clear();
  };
};

const alone = async (steps: Iterable<Step>, needs: FilesNeeds): Promise<void> => {
  let here: ReturnType<typeof createHere> | undefined; // where there is nothing, nothing need be made
  for (const step of steps) {
    await turn(); // a signal must be heard
    if (needs.io.stop.aborted) return;
    here ??= createHere(needs);
    await here(step);
  }
};

const byCrew = async (steps: Iterable<Step>, needs: FilesNeeds): Promise<void> => {
  const { seed, jobs, tells, io } = needs;
  const crew = createCrew(seed, jobs);
  const place = createPlacing(tells);
  let here: ReturnType<typeof createHere> | undefined; // only streams need it
  const scanHere = async (step: Step): Promise<void> => {
    here ??= createHere(needs);
    await here(step);
  };
  const inCrew = async (units: readonly Unit[]): Promise<() => void> => {
    const { reports, suppressed } = await crew.scan(units);
    return () => {
      for (const [at, unit] of units.entries()) if (reports[at]) tellAgain(reports[at], place(unit));
      for (const one of suppressed) tells.suppressed(...one);
    };
  };
  const queue: Promise<() => void | Promise<void>>[] = [];
  const tellFirst = async () => (await queue.shift())?.();
  try {
    for (const step of steps) {
      if (io.stop.aborted) return;
      const telling = step.kind === 'units' ? inCrew(step.units) : Promise.resolve(() => scanHere(step));
      telling.catch(() => undefined); // thrown when its turn comes
      queue.push(telling);
      if (queue.length >= jobs * AHEAD) await tellFirst();
    }
    while (queue.length > 0 && !io.stop.aborted) await tellFirst();
  } finally {
    await crew.close();
  }
};

const openStream = (path: string, { stdin, stop }: FilesNeeds['io']): AsyncIterable<Buffer> => {
  if (path !== '-') return readFifo(path, stop);
  stop.addEventListener('abort', () => stdin.destroy());
  return stdin;
};

/** Lines within units become lines of files. */
const createPlacing = (tells: ScanTells) => {
  const carry = createCarry();
  return (unit?: Unit): UnitTells => {
    if (!unit || unit.from === 0) tells.file();
    return {
      ...{ unread: tells.unread, read: tells.read },
      found({ secret, ...seen }, { newlines, lineStart }) {
        const before = unit ? carry(unit) : { newlines: 0, lineStart: 0 };
        const mark = { newlines: before.newlines + newlines, lineStart: lineStart < 0 ? before.lineStart : lineStart };
        const { file, offset, length, detector, fingerprint, preview, via } = seen;
        const finding = { file, offset, length, ...placeOf(mark, offset), detector, fingerprint, preview, via };
        tells.found({ finding, ...(secret !== undefined && { secret }) });
      },
    };
  };
};

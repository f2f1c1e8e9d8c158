import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { Report } from './scan-report.ts';
import type { ScanSeed } from './scan-seed.ts';
import type { Unit } from './unit.ts';

interface Answer {
  readonly reports: readonly Report[];
  readonly suppressed: readonly (readonly [reason: string, count: number])[];
}

/** Threads that scan units, each with a scanner of its own. */
export interface Crew {
  readonly size: number;
  scan(units: readonly Unit[]): Promise<Answer>;
  close(): Promise<void>;
}

/** The file beside this one, whether it runs from source or is built. */
const workerFile = (): URL =>
  new URL(`./scan-worker.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url);

/** What a scan makes dies young: a large nursery only takes memory. */
const LEAN = { env: {}, resourceLimits: { maxYoungGenerationSizeMb: 8 } } as const;

export const createCrew = (seed: ScanSeed, size: number): Crew => {
  const workers = Array.from({ length: size }, () => new Worker(workerFile(), { workerData: seed, ...LEAN }));
  const idle = [...workers];
  const waiting: ((worker: Worker) => void)[] = [];
  const died = Promise.race(workers.map((worker) => new Promise<never>((_, fail) => worker.once('error', fail))));
  died.catch(() => undefined); // told by whoever waits for an answer

  const free = (worker: Worker): void => {
    const next = waiting.shift();
    if (next) next(worker);
    else idle.push(worker);
  };
  const take = (): Promise<Worker> => {
    const worker = idle.pop();
    return worker ? Promise.resolve(worker) : new Promise((resolve) => waiting.push(resolve));
  };

  return {
    size,
    async scan(units) {
      const worker = await Promise.race([take(), died]);
      const answered = new Promise<Answer>((resolve) => worker.once('message', resolve));
      worker.postMessage(units);
      const answer = await Promise.race([answered, died]);
      free(worker);
      return answer;
    },
    async close() {
      await Promise.all(workers.map(end));
    },
  };
};

const END_MS = 1_000;

/** It ends by itself, if it is idle: a thread that is cut off while it starts may take the whole process with it. */
const end = async (worker: Worker): Promise<void> => {
  const gone = once(worker, 'exit').catch(() => undefined);
  worker.postMessage(null);
  const late = new AbortController();
  await Promise.race([gone, sleep(END_MS, undefined, { signal: late.signal }).catch(() => undefined)]);
  late.abort();
  await worker.terminate(); // nothing to do where it has ended
};

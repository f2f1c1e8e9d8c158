import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { median } from '../numbers.ts';

const start = async (text: SharedArrayBuffer, from: number, to: number): Promise<Worker> => {
  const worker = new Worker(new URL('../scan-lane-process.ts', import.meta.url), { workerData: { text, from, to } });
  await once(worker, 'message');
  return worker;
};

const ask = async (workers: readonly Worker[]): Promise<number> => {
  const began = performance.now();
  const done = workers.map((worker) => once(worker, 'message'));
  for (const worker of workers) worker.postMessage('scan');
  await Promise.all(done);
  return (performance.now() - began) / 1000;
};

export interface Lanes {
  /** MB/s by the clock. */
  readonly one: number;
  readonly two: number;
  /** Median of the ratios inside a round. */
  readonly gain: number;
}

/** One worker thread over all of a text, against two over half of it each. */
export const measureLanes = async (bytes: Buffer, rounds: number): Promise<Lanes> => {
  const text = new SharedArrayBuffer(bytes.length);
  bytes.copy(Buffer.from(text));
  const half = bytes.length >> 1;
  const one = [await start(text, 0, bytes.length)];
  const two = [await start(text, 0, half), await start(text, half, bytes.length)];
  const times: (readonly [one: number, two: number])[] = [];
  for (let round = 0; round < rounds; round += 1) times.push([await ask(one), await ask(two)]);
  await Promise.all([...one, ...two].map((worker) => worker.terminate()));
  const rate = (seconds: number) => bytes.length / 1e6 / seconds;
  return {
    one: median(times.map(([seconds]) => rate(seconds))),
    two: median(times.map(([, seconds]) => rate(seconds))),
    gain: median(times.map(([alone, both]) => alone / both)),
  };
};

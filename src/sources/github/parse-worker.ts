import { parentPort } from 'node:worker_threads';
import { type Job, memoryOf, readJson } from './json.ts';

parentPort?.on('message', (job: Job) => {
  const read = readJson(job);
  parentPort?.postMessage(read, memoryOf(read));
});

import { parentPort } from 'node:worker_threads';
import { type Job, readJson } from './github-json.ts';

parentPort?.on('message', (job: Job) => {
  parentPort?.postMessage(readJson(job));
});

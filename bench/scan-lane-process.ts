import { parentPort, workerData } from 'node:worker_threads';
import { detectorSettings, detectors } from '../detectors/index.ts';
import { createEngine } from '../src/scan/engine.ts';
import { ruleOf } from '../src/scan/rule.ts';
import { createPass } from './scan/engine.ts';

/** A lane of its own: scans its part of a shared text whenever it is asked, and says when it is done. */
const { text, from, to } = workerData as { text: SharedArrayBuffer; from: number; to: number };
const pass = createPass(createEngine(detectors(detectorSettings.parse({})).map(ruleOf), { depth: 0 }));
const bytes = Buffer.from(text, from, to - from);
pass(bytes);
parentPort?.on('message', () => parentPort?.postMessage(pass(bytes)));
parentPort?.postMessage('ready');

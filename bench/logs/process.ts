import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { openParts } from '../../src/app-parts.ts';
import { startScanning } from '../../src/app-scan.ts';
import { readConfig } from '../../src/config-read.ts';
import { type Candidate, timesOf } from '../../src/core/candidate.ts';
import { createHttp } from '../../src/ops/http.ts';
import { machineMs } from '../numbers.ts';

// The sources and the scanner of a daemon, as its settings name them, in a process of their own; what they find is
// counted and goes no further. Settings from the environment; messages as `Word` and `State` tell.

/** `count`: the state without sightings, which costs nothing worth counting. */
export type Word = 'begin' | 'count' | 'state' | 'end';

export interface State {
  readonly ingressUrl: string;
  /** Sightings since `begin`. */
  readonly found: number;
  /** Offset in its flow of each, and when it was found (`machineMs`); the first of a key in one piece stands for all there. */
  readonly sightings: readonly (readonly [offset: number, at: number])[];
  /** CPU seconds since `begin`, all threads. */
  readonly cpu: number;
  /** Most memory that was resident so far, and that is now; MB. */
  readonly peakMb: number;
  readonly rssMb: number;
  /** Log lines that were said to be lost. */
  readonly lost: number;
}

const settings = readConfig({ env: process.env, file: undefined, role: 'all' });
await using opened = new AsyncDisposableStack();
let lost = 0;
const parts = await openParts(
  settings,
  {
    ...{ role: 'all', version: 'bench', log: { write: () => true } },
    watch: (fact) => {
      if (fact.type === 'source.dropped') lost += fact.lines;
    },
  },
  opened,
);
let sightings: [number, number][] = [];
let found = 0;
const publish = async (hits: readonly Candidate[]): Promise<void> => {
  for (const hit of hits) {
    found += timesOf(hit);
    sightings.push([hit.offset, machineMs()]);
  }
};
const http = createHttp({
  ...{ ...settings.http, version: 'bench', mode: 'watch', ready: () => [], scrape: parts.metrics.scrape },
});
const scanning = startScanning(settings, {
  ...{ ...parts, candidates: { ...parts.candidates, publish }, ingress: http.ingress },
  ...{ input: Readable.from([]), env: process.env },
});
const { ingressUrl } = await http.listen();
await scanning.listening;

/** What the kernel counts for this program; `maxRSS` begins with what its parent had. */
const peakKb = (): number => Number(/VmHWM:\s*(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? 0);

let began = process.cpuUsage();
const state = (): State => {
  const { user, system } = process.cpuUsage(began);
  return {
    ...{ ingressUrl, found, sightings, cpu: (user + system) / 1e6, lost },
    ...{ peakMb: peakKb() / 1024, rssMb: process.memoryUsage.rss() / 2 ** 20 },
  };
};
const over = new Promise<void>((resolve) => {
  process.once('disconnect', () => process.exit(0));
  process.on('message', (word: Word) => {
    if (word === 'end') return resolve();
    if (word === 'begin') {
      sightings = [];
      found = 0;
      began = process.cpuUsage();
    }
    process.send?.(word === 'count' ? { ...state(), sightings: [] } : state());
  });
});
process.send?.(state());
await over;
await scanning.stop();
await http.close(100);
process.disconnect();

/** Scans the history of one bare repository as a backfill does, in a process of its own: `node history-process.ts DIR`. */
import { createHmac } from 'node:crypto';
import { detectorSettings, detectors } from '../detectors/index.ts';
import { systemClock as clock } from '../src/core/clock.ts';
import { createEngine } from '../src/scan/engine.ts';
import { ruleOf } from '../src/scan/rule.ts';
import { createScanner } from '../src/scan/scan.ts';
import { pourHistory } from '../src/sources/github/history-read.ts';
import { createOutlet } from '../src/sources/outlet.ts';
import { createFlowNames } from '../src/sources/waiting.ts';

/** What the process says at its end, as JSON. */
export interface Scanned {
  readonly seconds: number;
  /** Added text, messages and names. */
  readonly bytes: number;
  readonly found: number;
  /** Most memory that was resident, bytes. */
  readonly rss: number;
}

const [dir = '.'] = process.argv.slice(2);
const stop = new AbortController().signal;
const engine = createEngine(detectors(detectorSettings.parse({})).map(ruleOf));
const fingerprint = (detector: string, secret: { expose(): string }): string =>
  createHmac('sha256', 'bench').update(detector).update(secret.expose()).digest('hex');
const scanner = createScanner({ engine, fingerprint, record: async () => undefined });
let found = 0;
const emit = async (fragment: Parameters<typeof scanner.scan>[0]): Promise<void> => {
  found += scanner.scan(fragment).length;
};
const outlet = createOutlet({ emit, stop, giveUp: stop, nextFlow: createFlowNames('bench') });
const nothing = async (): Promise<void> => undefined;
const began = clock.monotonic();
const word = { source: 'github-backfill', mode: 'backfill', receivedAt: clock.now() } as const;
const work = { ...word, kind: 'history', repo: 'acme/app', item: 'whole', rank: 3, attempts: 0, named: 0 } as const;
await pourHistory(
  { of: 'code', dir, env: process.env, revisions: ['--all'], cpuMs: undefined },
  // A cursor, so that nothing is counted before.
  { ...work, cursor: 'code 0 0' },
  {
    ...{ outlet, clock, stop, note: () => undefined },
    github: { web: 'https://github.test' } as never,
    list: { advance: nothing } as never,
    cursors: undefined as never,
    parser: undefined as never,
  },
);
const seconds = (clock.monotonic() - began) / 1_000;
const said: Scanned = { seconds, bytes: outlet.poured(), found, rss: process.resourceUsage().maxRSS * 1_024 };
process.stdout.write(`${JSON.stringify(said)}\n`);

import { join } from 'node:path';
import { Readable } from 'node:stream';
import { openParts } from '../../src/app-parts.ts';
import { startScanning } from '../../src/app-scan.ts';
import { openCertificates } from '../../src/app-tls.ts';
import { readConfig } from '../../src/config-read.ts';
import type { Candidate } from '../../src/core/candidate.ts';
import { Fault } from '../../src/core/errors.ts';
import type { Fact } from '../../src/core/facts.ts';
import type { LogPlace } from '../../src/core/origin.ts';
import { createHttp } from '../../src/ops/http.ts';
import { fresh } from './daemon.ts';
import { eventually } from './eventually.ts';

/** The sources and the scanner of a daemon, wired as it wires them, in this process; what they find stops here. */
export interface LogDaemon {
  readonly url: string;
  readonly facts: readonly Fact[];
  /** From now on the topic takes nothing, or again. */
  refuse(on: boolean): void;
  /** Whether it refused one of these keys. */
  refused(keys: readonly string[]): boolean;
  /** Where each of these keys was seen. Waits until all were; fails when one is there twice. */
  once(keys: readonly string[], withinMs?: number): Promise<readonly Seen[]>;
  /** How often this key was seen so far. */
  times(key: string): number;
  stop(): Promise<void>;
  /** Again, with the same state; what was seen before counts. */
  start(): Promise<void>;
}

export interface Seen {
  readonly locator: string;
  readonly log: LogPlace | undefined;
}

/** Settings as in the environment of a daemon; `dir` holds its state. */
export const startLogDaemon = async (dir: string, env: Readonly<Record<string, string>>): Promise<LogDaemon> => {
  const given = { WORKOS_API_KEY: fresh().secret, DATA_DIR: join(dir, 'state'), PORT: '0', OPS_PORT: '0', ...env };
  const facts: Fact[] = [];
  const { publish, ...topic } = createTopic();
  let running = await open(given, { publish, watch: (fact) => void facts.push(fact) });
  return {
    ...{ facts, ...topic },
    get url() {
      return running.url;
    },
    async start() {
      running = await open(given, { publish, watch: (fact) => void facts.push(fact) });
    },
    stop: () => running.stop(),
  };
};

interface Told {
  readonly publish: (hits: readonly Candidate[]) => Promise<void>;
  readonly watch: (fact: Fact) => void;
}

const open = async (env: Readonly<Record<string, string>>, { publish, watch }: Told) => {
  const settings = readConfig({ env, file: undefined, role: 'all' });
  const opened = new AsyncDisposableStack();
  const parts = await openParts(settings, { role: 'all', version: 'test', log: { write: () => true }, watch }, opened);
  const certificates = opened.adopt(openCertificates(settings, parts), (it) => it?.close());
  const watched = { version: 'test', mode: 'watch', ready: () => [], scrape: parts.metrics.scrape } as const;
  const http = createHttp({ ...settings.http, ...watched, certificates });
  opened.defer(() => http.close(100));
  const candidates = { ...parts.candidates, publish };
  const needs = { ...parts, certificates, candidates, ingress: http.ingress, input: Readable.from([]), env };
  const scanning = startScanning(settings, needs);
  opened.defer(() => scanning.stop());
  const { ingressUrl: url } = await http.listen();
  await scanning.listening;
  return { url, stop: () => opened.disposeAsync() };
};

const createTopic = () => {
  const seen = new Map<string, Seen[]>();
  let refusing = false;
  const refused = new Set<string>();
  const times = (key: string): number => seen.get(key)?.length ?? 0;
  return {
    async publish(hits: readonly Candidate[]): Promise<void> {
      if (refusing) {
        for (const { secret } of hits) refused.add(secret.expose());
        throw new Fault('topic.unreachable', 'planted');
      }
      for (const { secret, origin } of hits) {
        const key = secret.expose();
        seen.set(key, [...(seen.get(key) ?? []), { locator: origin.locator, log: origin.log }]);
      }
    },
    refuse(on: boolean): void {
      refusing = on;
    },
    refused: (keys: readonly string[]) => keys.some((key) => refused.has(key)),
    times,
    async once(keys: readonly string[], withinMs?: number): Promise<readonly Seen[]> {
      const missing = () => keys.filter((key) => times(key) === 0).length;
      await eventually(`all of ${keys.length} keys`, () => missing() === 0, withinMs).catch((error: unknown) => {
        throw new Error(`${missing()} of ${keys.length} keys are missing`, { cause: error });
      });
      const twice = keys.filter((key) => times(key) > 1).length;
      if (twice > 0) throw new Error(`${twice} of ${keys.length} keys were seen more than once`);
      return keys.flatMap((key) => seen.get(key) ?? []);
    },
  };
};

import { request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { workosCustomerKey, workosCustomerKeySettings } from '../../detectors/workos-customer-key.ts';
import { systemClock as clock } from '../../src/core/clock.ts';
import type { Emit } from '../../src/core/fragment.ts';
import type { Origin } from '../../src/core/origin.ts';
import { sample } from '../../src/core/sample.ts';
import type { HttpLogsNeeds } from '../../src/sources/http/http-logs.ts';
import { httpLogs } from '../../src/sources/index.ts';
import { startIngress } from './ingress.ts';
import { createProbe } from './scanning.ts';
import { createFacts, createSink } from './sink.ts';

export const key = (seed: string): string => `${'sk'}_${sample(seed, 40)}`;

interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly bytes: Buffer;
  readonly text: string;
}

/** One call on a connection of its own; status 0 when the connection ended without an answer. */
const call = (url: string, { method = 'POST', headers = {}, body = '' }: Asked): Promise<Answered> =>
  new Promise((resolve) => {
    const asked = request(url, { method, agent: false, headers });
    asked.on('response', (answer) => {
      const parts: Buffer[] = [];
      answer.on('data', (part) => parts.push(part));
      answer.on('end', () => {
        const bytes = Buffer.concat(parts);
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, bytes, text: String(bytes) });
      });
    });
    asked.on('error', () => resolve({ status: 0, headers: {}, bytes: Buffer.alloc(0), text: '' }));
    asked.end(body);
  });

/** The source on a real socket; its fragments are scanned, and kept while the sink keeps them. */
export const startHttpLogs = async (how: Partial<HttpLogsNeeds> & { readonly emit?: Emit } = {}) => {
  const facts = createFacts();
  const sink = createSink();
  const ingress = await startIngress();
  const stop = new AbortController();
  const { scanner } = createProbe([workosCustomerKey(workosCustomerKeySettings.parse({}))]);
  const hits: { readonly key: string; readonly origin: Origin }[] = [];
  /** As the daemon does: a place is only asked for while its fragment is under way. */
  const scanned: Emit = async (fragment) => {
    await sink.emit(fragment);
    for (const { secret, origin } of scanner.scan(fragment)) hits.push({ key: secret.expose(), origin });
  };
  const { emit = scanned, ...needs } = how;
  const running = httpLogs({ ingress, clock, record: facts.record, ...needs }).run(emit, stop.signal);
  await pause(5);
  return {
    ...{ facts, sink, url: ingress.url },
    ask: (path: string, asked: Asked = {}) => call(ingress.url + path, asked),
    /** What the real scanner finds in what was taken. */
    hits: () => hits,
    keys: () => hits.map((hit) => hit.key),
    async end() {
      sink.open();
      stop.abort();
      await running;
    },
    async close() {
      await this.end();
      await ingress.close();
    },
  };
};

export type HttpLogs = Awaited<ReturnType<typeof startHttpLogs>>;

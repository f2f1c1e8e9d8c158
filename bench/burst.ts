import { createHash } from 'node:crypto';
import { machineMs } from './numbers.ts';
import type { Row } from './report.ts';
import { openStage, type Place, type Stage } from './stage.ts';

export interface BurstSize {
  readonly keys: number;
  readonly sightings: number;
}

type Keys = readonly { readonly id: string; readonly value: string }[];

const LINES = 500;
const SENDERS = 4;

/** One program that logs its keys over and over: every line comes in by `POST /logs`. Fails if it costs more than it must. */
export const measureBurst = async (place: Place, issuerMs: number, size: BurstSize): Promise<readonly Row[]> => {
  await using stage = await openStage(place, { concurrency: 64, issuerMs });
  const keys = await stage.workos.issueKeys(size.keys, 'burst');
  const url = `${await stage.start()}/logs`;
  await stage.daemon.ask('pulse');
  const from = machineMs();
  await send(url, keys, size.sightings);
  const accepted = machineMs();
  const endings = await stage.daemon.ask('endings', size.sightings, 180_000);
  const last = endings.at(-1)?.at ?? Number.NaN;
  const cpuMs = (endings.at(-1)?.cpuMs ?? Number.NaN) - (endings[0]?.cpuMs ?? Number.NaN);
  const deaths = endings.filter(({ issuerMs: asked }) => asked > 0);
  const { p99, most, rss } = await stage.daemon.ask('pulse');
  const calls = await check(stage, keys, { ...size, messages: endings.length });
  const row = { topic: place.topic, issuerMs };
  const name = `burst of ${size.sightings.toLocaleString('en-US')} sightings of ${size.keys} keys`;
  const one = (measure: string, unit: Row['unit'], value: number): Row => ({ ...row, measure, unit, rounds: [value] });
  return [
    { ...one(`${name}: validations`, 'calls', calls.validate), goal: { below: size.keys + 1 } },
    one('— proofs', 'calls', calls.prove),
    one('— all keys dead', 's', (Math.max(...deaths.map(({ at }) => at)) - from) / 1000),
    one('— all accepted', 's', (accepted - from) / 1000),
    one('— all dealt with', 's', (last - from) / 1000),
    one('— messages on the topic', 'messages', endings.length),
    one('— sightings dealt with', '/s', (size.sightings * 1000) / (last - from)),
    one('— CPU time of the daemon for each sighting', 'µs', (cpuMs * 1000) / size.sightings),
    one('— event loop late, p99', 'ms', p99),
    one('— event loop late, most', 'ms', most),
    one('— memory of the daemon (RSS)', 'MB', rss),
  ];
};

const send = async (url: string, keys: Keys, sightings: number): Promise<void> => {
  let next = 0;
  const line = (n: number): string => {
    const authorization = `Bearer ${keys[n % keys.length]?.value}`;
    return JSON.stringify({ level: 'error', n, msg: 'upstream said no', headers: { authorization } });
  };
  const sender = async (): Promise<void> => {
    while (next < sightings) {
      const from = next;
      next += LINES;
      const lines = Array.from({ length: Math.min(LINES, sightings - from) }, (_, n) => line(from + n));
      const headers = { 'content-type': 'application/x-ndjson' };
      const { status } = await fetch(url, { method: 'POST', headers, body: `${lines.join('\n')}\n` });
      if (status >= 300) throw new Error(`POST /logs: ${status}`);
    }
  };
  await Promise.all(Array.from({ length: SENDERS }, sender));
};

/** By the issuer's own books: each key was asked about once, deleted once and proved dead once; ours balance. */
const check = async ({ workos, daemon }: Stage, keys: Keys, size: BurstSize & { readonly messages: number }) => {
  const { calls } = await workos.stats();
  const asked = await Promise.all(
    keys.map(({ value }) => workos.validations(createHash('sha256').update(value).digest('hex'))),
  );
  const living = await Promise.all(keys.map(({ id }) => workos.isLive(id)));
  const books = await daemon.ask('books');
  const right =
    asked.every((times) => times === 2) &&
    living.every((live) => !live) &&
    calls.validate === 2 * size.keys &&
    calls.delete === size.keys &&
    books['revoked'] === size.messages &&
    books['imbalance'] === 0;
  if (!right) throw new Error(`burst: ${JSON.stringify({ calls, asked: Math.max(...asked), books })}`);
  return { validate: calls.validate - calls.delete, prove: calls.delete };
};

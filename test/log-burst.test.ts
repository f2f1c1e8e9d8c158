import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { expect, test } from '@jest/globals';
import { workosCustomerKey, workosCustomerKeySettings } from '../detectors/workos-customer-key.ts';
import { createEmit } from '../src/app-emit.ts';
import { openParts } from '../src/app-parts.ts';
import { startResponding } from '../src/app-respond.ts';
import { show } from '../src/cli/incidents.ts';
import { readConfig } from '../src/config-read.ts';
import { type Candidate, fromWire, timesOf, toWire } from '../src/core/candidate.ts';
import { systemClock as clock } from '../src/core/clock.ts';
import type { Fact } from '../src/core/facts.ts';
import type { SourceName } from '../src/core/origin.ts';
import { sample } from '../src/core/sample.ts';
import { Secret } from '../src/core/secret.ts';
import { startEmulatedWorkos } from '../src/demo/workos.ts';
import { createEngine } from '../src/scan/engine.ts';
import { ruleOf } from '../src/scan/rule.ts';
import { gathering } from '../src/topic/gathering.ts';
import { eventually, gate } from './support/eventually.ts';

const LINES = 1_000;
const FRAGMENTS = 100;
/** What a message that is over leaves behind: its id, so that it is not counted twice. */
const BYTES_PER_MESSAGE = 512;

test('one key in 100,000 lines of a log is one incident, one validation, and little on the disk', async () => {
  await using opened = new AsyncDisposableStack();
  const dir = await mkdtemp(join(tmpdir(), 'keyfuse-burst-'));
  opened.defer(() => rm(dir, { recursive: true }));
  const workos = await startEmulatedWorkos({ credential: sample('burst credential', 40) });
  opened.defer(() => workos.close());
  const { value } = workos.issueKey({ name: 'burst', seed: 'burst' });
  const env = { WORKOS_API_KEY: workos.credential, WORKOS_BASE_URL: workos.url, LOG_FILES: '/x', DATA_DIR: dir };
  const logs = { LOG_LINK: 'https://logs.example/?svc={service}&at={time}', LOG_SEARCH: 'loki' };
  const settings = readConfig({ env: { ...env, ...logs }, file: undefined, role: 'all' });
  const facts: Fact[] = [];
  const watch = (fact: Fact): void => void facts.push(fact);
  const parts = await openParts(settings, { role: 'all', version: 'test', log: { write: () => true }, watch }, opened);
  const responding = await startResponding(settings, parts);
  opened.defer(() => responding.stop());
  const bytes = (): number =>
    parts.store.read((sql) =>
      Number(sql.get('select page_count * page_size n from pragma_page_count, pragma_page_size')?.['n']),
    );

  const before = bytes();
  const emit = createEmit({ ...parts, link: settings.logs.link });
  const text = Buffer.from(`level=error msg="upstream said no" authorization="Bearer ${value}"\n`.repeat(LINES));
  const origin = {
    source: 'file',
    locator: '/var/log/app.log',
    receivedAt: Date.now(),
    mode: 'live',
    log: { service: 'shop & co', time: 0 },
  } as const;
  for (let n = 0; n < FRAGMENTS; n += 1)
    await emit({ bytes: text, origin: { ...origin, locator: `${origin.locator}:${n}` }, flow: 'app.log' });
  await emit({ bytes: Buffer.alloc(0), origin, flow: 'app.log', last: true });
  await eventually('all to be dealt with', async () => (await parts.topic.lag()).waiting === 0, 10_000);

  const incidents = responding.ledger.list(10);
  expect(incidents).toMatchObject([{ outcome: 'revoked', sightings: LINES * FRAGMENTS, messages: FRAGMENTS }]);
  expect(incidents[0]?.locator).toBe('/var/log/app.log:0');
  expect(workos.stats().calls).toMatchObject({ validate: 2, delete: 1 }); // the verdict and the proof
  expect(responding.ledger.tally.counts().get('revoked')).toBe(FRAGMENTS);
  expect((await parts.topic.lag()).published).toBe(FRAGMENTS);
  const seen = facts.map((fact) =>
    fact.type === 'incident.sighted' || fact.type === 'incident.ended' ? fact.times : 0,
  );
  expect(seen.reduce((sum, times) => sum + times, 0)).toBe(LINES * FRAGMENTS);
  const stdout = new PassThrough();
  const io = { env: {}, stdin: new PassThrough(), stdout, stderr: stdout, stop: new AbortController().signal };
  await show({ dataDir: dir, id: incidents[0]?.id ?? '' }, io);
  const lines = String(stdout.read()).split('\n');
  expect(lines).toEqual(
    expect.arrayContaining([
      'outcome: revoked',
      'link: https://logs.example/?svc=shop%20%26%20co&at=1970-01-01T00%3A00%3A00.000Z',
      ...['service: shop & co', 'log time: 1970-01-01T00:00:00.000Z', `sightings: ${LINES * FRAGMENTS}`],
      expect.stringMatching(/^ended: 20\d\d-.*Z$/),
      `clean up: {service_name="shop & co"} |= "${value.slice(0, 11)}"`,
    ]),
  );
  expect(bytes() - before).toBeLessThan(FRAGMENTS * BYTES_PER_MESSAGE);
  await responding.ledger.tally.prune(parts.topic.gone);
  expect(parts.store.read((sql) => sql.get('select count(*) n from settled'))).toEqual({ n: 0 });

  const line = () => emit({ bytes: Buffer.from(`${value}\n`), origin });
  await Promise.all(Array.from({ length: 500 }, line));
  await line();
  expect((await parts.topic.lag()).published).toBe(FRAGMENTS + 3);
  await eventually(
    'single lines to be counted',
    () => responding.ledger.list(1)[0]?.sightings === LINES * FRAGMENTS + 501,
  );
}, 30_000);

test('a key is one candidate of each piece of a log; on GitHub every place is one; both travel', async () => {
  const detector = workosCustomerKey(workosCustomerKeySettings.parse({}));
  const published: Candidate[] = [];
  const emit = createEmit({
    ...{ detectors: [detector], engine: createEngine([ruleOf(detector)]), clock, scrub: (text) => text },
    ...{ fingerprint: (_, { length }) => `fp ${length}`, record: async () => undefined },
    candidates: {
      publish: async (hits) => void published.push(...hits),
      consume: () => Promise.reject(new Error('no')),
    },
  });
  const key = (length: number): string => `${'sk'}_${sample('places', length)}`;
  const bytes = Buffer.from([key(40), key(41), key(40), key(40)].join('\n'));
  const locate = ({ offset }: { offset: number }) => ({ ...origin, locator: `app.log:${offset}` });
  const origin = { source: 'syslog', locator: 'app.log', receivedAt: 1, mode: 'live' } as const;
  await emit({ bytes, origin, locate });
  expect(published.map(({ times, origin }) => [times, origin.locator])).toEqual([
    [3, 'app.log:0'],
    [undefined, 'app.log:44'],
  ]);
  await emit({ bytes, origin: { ...origin, source: 'github-webhook' } });
  expect(published.slice(2).map(timesOf)).toEqual([1, 1, 1, 1]);
  const opened = published.map((one) => fromWire(toWire(one), one.fingerprint));
  expect(opened.map((one) => one && timesOf(one))).toEqual([3, 1, 1, 1, 1, 1]);
  const wrong = toWire({ ...(published[0] as Candidate), times: 0 });
  expect(fromWire(wrong, 'fp')).toBeUndefined();
  // A line that gives the key as the name of its service does not tell it that way.
  published.length = 0;
  await emit({ bytes: Buffer.from(key(40)), origin: { ...origin, log: { service: key(40), host: 'web-1' } } });
  expect(published[0]?.origin.log).toEqual({ host: 'web-1' });
});

test('what is found of a key in a log while its message is under way is the next message, and hears of its failure', async () => {
  const sent: [string, number][][] = [];
  const first = gate();
  const publish = gathering(async (hits) => {
    sent.push(hits.map((one) => [one.origin.locator, timesOf(one)]));
    if (sent.length === 1) await first.passed;
    if (sent.length === 2) throw new Error('full');
  });
  const hit = (locator: string, source: SourceName = 'file'): Candidate => ({
    ...{ detector: 'd', secret: new Secret('s'), fingerprint: 'f', via: [], offset: 0, length: 1 },
    origin: { source, locator, receivedAt: 1, mode: 'live' },
  });
  const underway = publish([hit('a')]);
  const gathered = Promise.allSettled([publish([hit('a')]), publish([hit('a')])]);
  first.open();
  await underway;
  expect((await gathered).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  const github = hit('c', 'github-webhook');
  await Promise.all([
    publish([hit('a'), hit('b'), github]),
    ...[hit('b'), github, hit('a')].map((one) => publish([one])),
  ]);
  const [a, b, c] = ['a', 'b', 'c'].map((place) => [place, 1]);
  expect(sent).toEqual([[a], [['a', 2]], [a, b, c], [c], [a, b]]);
});

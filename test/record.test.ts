import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { detectorSettings, detectors } from '../detectors/index.ts';
import { knownAtStart } from '../src/app-record.ts';
import { Settings } from '../src/config.ts';
import { systemClock } from '../src/core/clock.ts';
import type { Detector } from '../src/core/detector.ts';
import type { Fact } from '../src/core/facts.ts';
import { Origin, sources } from '../src/core/origin.ts';
import { sample } from '../src/core/sample.ts';
import { Secret } from '../src/core/secret.ts';
import { counters, gauges, histograms } from '../src/record/catalogue.ts';
import { type JournalRecord, journaled } from '../src/record/journal-line.ts';
import { readJournal } from '../src/record/journal-verify.ts';
import { createLog, type Log, type LogNeeds } from '../src/record/log.ts';
import { createMetrics, type Metrics } from '../src/record/metrics.ts';
import { createRecord } from '../src/record/record.ts';
import { table } from '../src/record/table.ts';
import { createEngine } from '../src/scan/engine.ts';
import { ruleOf } from '../src/scan/rule.ts';
import { createScrub } from '../src/scan/scrub.ts';
import { facts } from './support/facts.ts';
import { openTestJournal, testMetrics } from './support/journal.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keyfuse-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const everyFact = Object.values(facts) as readonly Fact[];
const silent: Log = { write: () => undefined };

/** A log whose lines are kept. */
const listening = (more: Partial<LogNeeds> = {}) => {
  const lines: string[] = [];
  const stream = { write: (line: string) => lines.push(line) };
  const log = createLog({ level: 'trace', format: 'json', scrub: (text) => text, stream, ...more });
  return { log, lines, text: () => lines.join('') };
};

const series = async (metrics: Metrics): Promise<Map<string, number>> => {
  const { body } = await metrics.scrape();
  const lines = body.split('\n').filter((line) => line.startsWith('keyfuse_'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );
};

/** What a fact changes, process and event-loop numbers left out. */
const changed = async (...said: readonly Fact[]): Promise<Map<string, number>> => {
  const metrics = testMetrics();
  const before = await series(metrics);
  const record = createRecord({ log: silent, metrics, clock: { ...systemClock, now: () => 5_000 } });
  for (const fact of said) await record(fact);
  const own = [...(await series(metrics))].filter(([name, value]) => before.get(name) !== value);
  return new Map(own.filter(([name]) => !/^keyfuse_(process|nodejs)_|_bucket\{/.test(name)));
};

describe('the fact table', () => {
  test('has a row for every fact, with a static message and a level', () => {
    expect(Object.keys(table).sort()).toEqual(Object.keys(facts).sort());
    for (const { message } of Object.values(table)) expect(message).toMatch(/^[a-zA-Z`./;,' ]{5,60}$/);
  });

  test.each(everyFact.map((fact) => [fact.type, fact] as const))(
    '%s is one log line, clean numbers',
    async (type, fact) => {
      const metrics = testMetrics();
      const { log, lines } = listening();
      await createRecord({ log, metrics, clock: systemClock })(fact);
      expect(lines).toHaveLength(1);
      const { type: _, ...fields } = fact;
      expect(JSON.parse(lines[0] ?? '')).toMatchObject({
        fact: type,
        msg: table[type].message,
        level: expect.stringMatching(/^(error|warn|info|debug)$/),
        ...JSON.parse(JSON.stringify(fields)),
      });
      expect((await series(metrics)).get('keyfuse_metrics_errors_total')).toBe(0);
    },
  );

  test.each([
    [false, 'warn'],
    [true, 'debug'],
  ] as const)('what is turned away in numbers (%s) is told as %s, and counted', async (quiet, level) => {
    const metrics = testMetrics();
    const { log, lines } = listening();
    await createRecord({ log, metrics, clock: systemClock })({ ...facts['source.rejected'], quiet });
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level });
    const counted = [...(await series(metrics))].filter(([name, value]) => name.includes('_events_') && value === 1);
    expect(counted.length).toBe(1);
  });

  test.each([
    ['gone', 'warn'],
    ['unreadable', 'warn'],
    ['refused', 'warn'],
  ] as const)('what was not scanned for %s is told as %s, and counted under its reason', async (reason, level) => {
    const metrics = testMetrics();
    const { log, lines } = listening();
    await createRecord({ log, metrics, clock: systemClock })({ ...facts['source.unscanned'], reason });
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level, reason });
    const counted = [...(await series(metrics))].filter(([name, value]) => name.includes('_unscanned_') && value === 1);
    expect(counted.map(([name]) => name)).toEqual([expect.stringContaining(`reason="${reason}"`)]);
  });

  test('every journaled fact fits the journal, and no other is written', async () => {
    const journal = await openTestJournal(folder);
    const record = createRecord({ log: silent, metrics: testMetrics(), clock: systemClock, journal });
    for (const fact of everyFact) await record(fact);
    await journal.close();
    const records: JournalRecord[] = [];
    for await (const it of readJournal(folder)) records.push(it);
    const rows = Object.entries(table).filter(([, row]) => 'journal' in row);
    expect(rows.map(([type]) => type).sort()).toEqual([...journaled].sort());
    expect(records.map(({ what }) => what)).toEqual([
      'log.opened',
      ...everyFact.map(({ type }) => type).filter((type) => (journaled as readonly string[]).includes(type)),
      'log.closed',
    ]);
    const judged = records.find(({ what }) => what === 'key.judged');
    const { keyId, environment, fingerprint, issuer, detector, incident, evidence, origin } = facts['key.judged'];
    const { mode: _, ...place } = origin;
    expect(judged).toMatchObject({
      incident,
      result: 'live',
      target: { keyId, environment, fingerprint, issuer },
      why: { detector, ...place },
      evidence,
    });
    expect(records.find(({ what }) => what === 'parked.redriven')?.who).toEqual({ kind: 'person', id: 'ada' });
  });

  test('a message that stands for many places counts them all; the first twenty messages are journaled', async () => {
    const appended: unknown[] = [];
    const journal = { append: async (entry: unknown) => void appended.push(entry) };
    const metrics = testMetrics();
    const record = createRecord({ log: silent, metrics, clock: systemClock, journal });
    for (const message of [2, 20, 21]) await record({ ...facts['incident.sighted'], times: 1_000, message });
    expect(appended).toHaveLength(2);
    expect((await metrics.scrape()).body).toContain('keyfuse_sightings_total{outcome="revoked"} 3000\n');
  });

  test('a verdict of dead, and a sighting of a dead key, are not journaled', async () => {
    const appended: unknown[] = [];
    const journal = { append: async (entry: unknown) => void appended.push(entry) };
    const record = createRecord({ log: silent, metrics: testMetrics(), clock: systemClock, journal });
    await record({ ...facts['key.judged'], validity: 'dead' });
    await record({ ...facts['incident.sighted'], outcome: 'dead' });
    expect(appended).toEqual([]);
  });

  test('a journal that refuses is not told of the halt: a short line may still fit, and would call it written', async () => {
    const appended: unknown[] = [];
    const journal = { append: async (entry: unknown) => void appended.push(entry) };
    const record = createRecord({ log: silent, metrics: testMetrics(), clock: systemClock, journal });
    await record({ ...facts['responder.halted'], code: 'journal.blocked' });
    expect(appended).toEqual([]);
    await record(facts['responder.halted']);
    expect(appended).toMatchObject([{ what: 'responder.halted' }]);
  });

  test('resolves when the journal has it, rejects when it has not; the log and the numbers were there first', async () => {
    const metrics = testMetrics();
    const { log, lines } = listening();
    const journal = { append: () => Promise.reject(new Error('disk')) };
    const record = createRecord({ log, metrics, clock: systemClock, journal });
    await expect(record(facts['revocation.intended'])).rejects.toThrow('disk');
    expect(lines).toHaveLength(1);
    expect((await series(metrics)).get('keyfuse_revocation_intents_total{issuer="workos"}')).toBe(1);
  });

  test.each([
    [facts['source.rejected'], { 'keyfuse_source_events_total{source="github-webhook",outcome="bad_signature"}': 1 }],
    [
      facts['source.accepted'],
      {
        'keyfuse_source_events_total{source="github-webhook",outcome="accepted"}': 1,
        'keyfuse_source_last_event_timestamp_seconds{source="github-webhook"}': 5,
        'keyfuse_source_answer_seconds_sum{source="github-webhook"}': 0.2,
        'keyfuse_source_answer_seconds_count{source="github-webhook"}': 1,
      },
    ],
    [facts['fragment.scanned'], { 'keyfuse_scan_bytes_total{source="file"}': 4096 }],
    [
      facts['key.judged'],
      {
        'keyfuse_validations_total{issuer="workos",result="live"}': 1,
        'keyfuse_unknown_verdicts_total{issuer="workos",reason="timeout"}': 1,
      },
    ],
    [facts['key.decided'], { 'keyfuse_decisions_total{decision="hold"}': 1 }],
    [
      { ...facts['incident.ended'], outcome: 'held', why: 'critical', seconds: undefined },
      { 'keyfuse_incidents_total{outcome="held"}': 1, 'keyfuse_holds_total{reason="critical"}': 1 },
    ],
    [
      { ...facts['incident.ended'], why: undefined },
      {
        'keyfuse_incidents_total{outcome="revoked"}': 1,
        'keyfuse_detected_to_deleted_seconds_sum{issuer="workos"}': 1,
        'keyfuse_detected_to_deleted_seconds_count{issuer="workos"}': 1,
        'keyfuse_leak_to_dead_seconds_sum{issuer="workos",source="file"}': 2,
        'keyfuse_leak_to_dead_seconds_count{issuer="workos",source="file"}': 1,
      },
    ],
    [
      { ...facts['incident.ended'], why: undefined, seconds: undefined },
      { 'keyfuse_incidents_total{outcome="revoked"}': 1 },
    ],
    [
      { ...facts['candidate.found'], secondsSinceLeak: -3 },
      {
        'keyfuse_candidates_total{source="file",detector="workos-customer-key"}': 1,
        'keyfuse_leak_to_detected_seconds_count{source="file"}': 1,
        keyfuse_clock_skew_observations_total: 1,
      },
    ],
    [facts['credential.refused'], { 'keyfuse_credential_refused{issuer="workos",environment="default"}': 1 }],
    [facts['responder.halted'], { 'keyfuse_faults_total{code="issuer.credential-refused"}': 1, keyfuse_halted: 1 }],
    [facts['brake.engaged'], { keyfuse_brake_engaged: 1 }],
    [facts['daemon.started'], { 'keyfuse_mode{mode="watch"}': 1, 'keyfuse_build_info{version="0.0.0"}': 1 }],
  ] as [Fact, Record<string, number>][])('%j changes these numbers and no others', async (fact, numbers) => {
    expect(Object.fromEntries(await changed(fact))).toEqual(numbers);
  });

  test('halted and brake go back', async () => {
    expect(await changed(facts['responder.halted'], facts['responder.resumed'])).not.toContain('keyfuse_halted');
    expect(await changed(facts['brake.engaged'], facts['brake.released'])).toEqual(new Map());
    expect(await changed(facts['credential.refused'], facts['credential.accepted'])).toEqual(new Map());
  });

  test('every counter and histogram is fed by a fact, or by the journal and the metrics themselves', () => {
    const fed = Object.values(table).flatMap((row) => [
      ...Object.keys('counts' in row ? row.counts : {}),
      ...Object.keys('times' in row ? row.times : {}),
    ]);
    const byThemselves = /^keyfuse_(audit_|clock_skew_|metrics_errors_)/;
    const named = [...Object.keys(counters), ...Object.keys(histograms)];
    expect(named.filter((name) => !fed.includes(name) && !byThemselves.test(name))).toEqual([]);
  });
});

describe('the metrics', () => {
  test('start at 0 with every label set, and stay under 2,000 series', async () => {
    const all = await series(testMetrics());
    const own = [...all].filter(([name]) => !/^keyfuse_(process|nodejs)_/.test(name));
    expect(own.filter(([, value]) => value !== 0)).toEqual([]);
    expect(all.size).toBeLessThan(2000);
    expect(all.get('keyfuse_source_events_total{source="stdin",outcome="too_large"}')).toBe(0);
    expect(all.get('keyfuse_leak_to_dead_seconds_count{issuer="workos",source="scan"}')).toBe(0);
    expect(all.get('keyfuse_leak_to_dead_seconds_bucket{le="60",issuer="workos",source="scan"}')).toBe(0);
  });

  test('stay few with every detector that ships: issuers that are never asked have none', async () => {
    const shipped = detectors(detectorSettings.parse({}));
    const { workos } = Settings.parse({ workos: { apiKey: new Secret('any') } });
    const all = await series(createMetrics(knownAtStart({ workos }, { detectors: shipped, version: '0.0.0' })));
    const own = [...all.keys()].filter((name) => !name.startsWith('keyfuse_candidates_total'));
    expect(own.length).toBeLessThan(2000);
    expect(all.size - own.length).toBe(shipped.length * sources.length);
    expect(new Set(own.flatMap((name) => /issuer="(.+?)"/.exec(name)?.[1] ?? []))).toEqual(new Set(['workos']));
  });

  test('hostile label values make no more than one series each, and are counted as errors', async () => {
    const metrics = testMetrics();
    const before = (await series(metrics)).size;
    for (let n = 0; n < 10_000; n += 1) {
      metrics.count('keyfuse_candidates_total', 1, { source: 'scan', detector: `repo-${n}` });
      metrics.observe('keyfuse_issuer_request_seconds', 1, {
        issuer: `host-${n}`,
        operation: 'validate',
      });
    }
    const all = await series(metrics);
    expect(all.size - before).toBeLessThan(20);
    expect(all.get('keyfuse_candidates_total{source="scan",detector="other"}')).toBe(10_000);
    expect(all.get('keyfuse_metrics_errors_total')).toBe(20_000);
  });

  test('no call throws, whatever it is given', async () => {
    const metrics = testMetrics();
    const count = metrics.count as unknown as (...given: readonly unknown[]) => void;
    const observe = metrics.observe as unknown as typeof count;
    const set = metrics.set as unknown as typeof count;
    count('keyfuse_no_such_total', 1);
    count('keyfuse_incidents_total', -1, { outcome: 'dead' });
    count('keyfuse_incidents_total', 1, {});
    count('keyfuse_incidents_total', 1, { outcome: 'dead', repository: 'acme' });
    count('keyfuse_incidents_total', 1, null);
    observe('keyfuse_audit_fsync_seconds', Number.NaN);
    set('keyfuse_halted', 'yes');
    set('keyfuse_halted', undefined);
    expect((await series(metrics)).get('keyfuse_metrics_errors_total')).toBeGreaterThanOrEqual(7);
  });

  test('a scrape is no longer after much work', async () => {
    const metrics = testMetrics();
    const record = createRecord({ log: silent, metrics, clock: systemClock });
    for (let n = 0; n < 500; n += 1) for (const fact of everyFact) await record(fact);
    const { body } = await metrics.scrape();
    expect(body.length).toBeLessThan(300_000);
  });

  test('names keep the rules: prefix, units, counters end in _total', () => {
    for (const name of Object.keys(counters)) expect(name).toMatch(/^keyfuse_[a-z_]+_total$/);
    for (const name of Object.keys(histograms)) expect(name).toMatch(/^keyfuse_[a-z_]+_seconds$/);
    for (const name of Object.keys(gauges)) expect(name).toMatch(/^keyfuse_[a-z_]+(?<!_total)$/);
    for (const { buckets } of Object.values(histograms)) expect(buckets).toEqual([...buckets].sort((a, b) => a - b));
    expect(histograms.keyfuse_leak_to_dead_seconds.buckets).toEqual(expect.arrayContaining([60, 300]));
  });
});

describe('no key in the log', () => {
  const secret = `tst_${sample('record', 40)}`;
  const kind: Detector = {
    ...{ id: 'tst', issuer: 'tst', docs: 'https://tst.test', keywords: ['tst_'], answers: [] },
    pattern: /(?<secret>tst_[A-Za-z0-9]{40})(?![A-Za-z0-9])/,
    examples: () => ({ ours: [secret], not: [] }),
  };
  const scrub = createScrub(createEngine([ruleOf(kind)]));
  const nested = (depth: number): unknown => (depth === 0 ? secret : { deeper: nested(depth - 1) });

  const places: readonly (readonly [string, string, Record<string, unknown>])[] = [
    ['an interpolated message', `found ${secret} here`, {}],
    ['an error message', 'failed', { error: new Error(`bad key ${secret}`) }],
    [
      'the cause of a cause',
      'failed',
      { error: new Error('a', { cause: new Error('b', { cause: new Error(secret) }) }) },
    ],
    ['an aggregate', 'failed', { error: new AggregateError([new Error(secret)], 'many') }],
    ['a stack', 'failed', { stack: new Error(secret).stack }],
    ['five levels deep', 'said', { field: nested(5) }],
    ['fifty levels deep', 'said', { field: nested(50) }],
    ['an array', 'said', { list: ['a', [secret]] }],
    ['a map and a set', 'said', { map: new Map([['key', secret]]), set: new Set([secret]) }],
    ['a field’s name', 'said', { [secret]: 1 }],
    ['a header', 'said', { headers: { authorization: `Bearer ${secret}`, 'x-other': secret } }],
    ['after a newline', 'said', { text: `line\n${secret}\nline` }],
    [
      'after a tab, an ESC, a carriage return',
      'said',
      { a: `\t${secret}`, b: `\u001b[31m${secret}\u001b[0m`, c: `\r${secret}` },
    ],
    ['JSON in JSON in JSON', 'said', { text: JSON.stringify({ inner: JSON.stringify({ text: `a\n${secret}` }) }) }],
    ['a URL', 'said', { url: new URL(`https://example.test/?q=a%0A${secret}`) }],
    ['percent codes', 'said', { text: `key%3D${secret}%26more` }],
    ['an escape of a shell', 'said', { text: `\\x27${secret}` }],
    ['the wrapper', `said ${new Secret(secret)}`, { secret: new Secret(secret), deep: [{ s: new Secret(secret) }] }],
    ['a symbol and a date', 'said', { symbol: Symbol(secret), when: new Date(0) }],
    ['an object that speaks', 'said', { it: { toJSON: () => ({ said: secret }) } }],
    [
      'a getter that throws',
      'said',
      {
        it: Object.defineProperty({}, 'x', {
          enumerable: true,
          get: () => {
            throw new Error(secret);
          },
        }),
      },
    ],
    ['twice in one line', secret, { again: `${secret} ${secret}` }],
    ['a very long text', 'said', { text: `${'a '.repeat(200_000)}${secret}` }],
  ];

  test.each(places)('%s', (_, message, fields) => {
    const { log, lines, text } = listening({ scrub });
    log.write('trace', message, fields);
    expect(lines).toHaveLength(1);
    expect(text()).not.toContain(secret.slice(4));
    expect(() => JSON.parse(text())).not.toThrow();
  });

  test.each(places)('%s, in a terminal', (_, message, fields) => {
    const { log, text } = listening({ scrub, format: 'pretty' });
    log.write('trace', message, fields);
    expect(text()).not.toContain(secret.slice(4));
  });

  test.each(places.filter(([, , { it, symbol }]) => !it && !symbol))(
    'the scrubber alone catches %s',
    (_, message, fields) => {
      const plainly = JSON.stringify({ message, fields: JSON.stringify(fields), error: String(fields['error']) });
      expect(scrub(plainly)).not.toContain(secret.slice(4));
    },
  );

  test('a long place is not cut within a key, for what is left of one would not be found', () => {
    for (let over = 0; over < secret.length; over += 1) {
      const path = `${'d'.repeat(511 - secret.length + over - 17)}/${secret}/file.txt${'.'.repeat(80)}`;
      const { locator } = Origin.parse({ source: 'scan', locator: `acme/app@1234567:${path}`, receivedAt: 1 });
      expect(locator.length).toBeLessThanOrEqual(512);
      expect(scrub(locator)).not.toContain(secret.slice(0, 5));
      expect(locator).toMatch(/^acme\/app@1234567:d+\/.*…$/);
    }
  });

  test('bytes are not text: only their number is said', () => {
    const { log, text } = listening({ scrub });
    const bytes = Buffer.from(secret);
    log.write('info', 'said', {
      bytes,
      view: new Uint8Array(bytes),
      buffer: new Uint8Array(bytes).buffer,
      deep: [{ bytes }],
    });
    expect(text()).toContain('"bytes":"[44 bytes]"');
    expect(text()).not.toContain([...bytes].slice(0, 8).join(','));
    expect(text()).not.toContain(bytes.toString('base64').slice(0, 20));
  });

  test('what is secret by name is dropped, whatever it looks like', () => {
    const { log, text } = listening();
    const word = 'correct-horse';
    log.write('info', 'said', {
      authorization: word,
      headers: { authorization: word, 'x-hub-signature-256': word, cookie: word, 'x-api-key': word },
      request: { headers: { 'proxy-authorization': word }, token: word, deep: { password: word } },
      deeper: {
        a: [
          {
            b: {
              c: new Map([
                ['API-KEY', 'stays'],
                ['Token', word],
              ]),
            },
          },
        ],
      },
    });
    expect(text()).not.toContain(word);
    expect(text()).toContain('stays');
    expect(text().match(/\[redacted\]/g)).toHaveLength(9);
  });

  test('the plain text beside a key stays', () => {
    expect(scrub(`a ${secret}, b "${secret}" c`)).toBe('a [secret], b "[secret]" c');
    expect(scrub('tst_short stays, and so do others')).toBe('tst_short stays, and so do others');
    expect(scrub(`x${secret}`)).toBe(`x${secret}`);
  });
});

describe('the log', () => {
  test('one event is one line, whatever strangers write', () => {
    const { log, text } = listening();
    log.write('info', 'a\n{"level":"error"}\u2028\u2029\u202e\u001b[2J\u0085', { path: 'b\r\nc\u2028d\u2066' });
    const said = text();
    expect(said.endsWith('\n')).toBe(true);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(said.slice(0, -1)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/);
    expect(JSON.parse(said)).toMatchObject({ level: 'info', path: 'b\r\nc\u2028d\u2066' });
  });

  test('fields cannot take the place of level, time or message', () => {
    const { log, text } = listening();
    log.write('warn', 'true', { level: 'info', msg: 'false', time: 'never' });
    expect(JSON.parse(text())).toMatchObject({ level: 'warn', msg: 'true', time: expect.stringMatching(/^\d{4}-/) });
    expect(text().match(/"level"/g)).toHaveLength(1);
  });

  test('keeps to its level', () => {
    const { log, lines } = listening({ level: 'warn' });
    log.write('info', 'no');
    log.write('warn', 'yes');
    expect(lines).toHaveLength(1);
  });

  test('never throws', () => {
    const { log } = listening({
      stream: {
        write: () => {
          throw new Error('EPIPE');
        },
      },
    });
    const cyclic: Record<string, unknown> = {};
    cyclic['me'] = cyclic;
    log.write('info', 'said', { cyclic, big: 1n, hole: undefined, not: Number.NaN, run: () => 1 });
  });

  test('for a terminal: time level message key=value', () => {
    const { log, text } = listening({ format: 'pretty' });
    log.write('warn', 'judged', { validity: 'live', locator: 'a b', n: 3, origin: { source: 'file' } });
    expect(text()).toMatch(
      /^\d\d:\d\d:\d\d\.\d{3} \S+warn \S* judged validity=live locator="a b" n=3 origin="\{.*\}"\n$/,
    );
  });
});

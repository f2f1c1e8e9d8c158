import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { systemClock } from '../src/core/clock.ts';
import { linkTo } from '../src/core/log-template.ts';
import { type LogPlace, type Origin, publicText } from '../src/core/origin.ts';
import { redactionOf } from '../src/core/redaction.ts';
import { sample } from '../src/core/sample.ts';
import { Secret } from '../src/core/secret.ts';
import { createLedger } from '../src/respond/ledger.ts';
import { openStore } from '../src/store.ts';

const NOON = Date.UTC(2026, 10, 28, 12);
const WINDOW = ['2026-11-28T11:00:00.000Z', '2026-11-28T13:00:00.000Z'] as const;
const text = `${'sk'}_${sample('redaction', 41)}`;
const at = (log?: LogPlace, receivedAt = NOON): Origin => ({
  ...{ source: 'syslog', locator: 'udp', receivedAt, mode: 'live' },
  ...(log && { log }),
});
const queryOf = (search: string, log: LogPlace, { isDead = true, key = text } = {}): string =>
  redactionOf(search, { secret: new Secret(key), origin: at(log), isDead }).query;

/** As Elasticsearch's standard analyzer makes them: by Unicode's rules, in lower case. */
const wordsOf = (line: string): readonly string[] =>
  [...new Intl.Segmenter('und', { granularity: 'word' }).segment(line)].map(({ segment }) => segment.toLowerCase());

describe('what finds the other copies of a key', () => {
  const start = text.slice(0, 11);
  test.each([
    ['plain', `"${start}" service=shop ${WINDOW.join('/')}`],
    ['loki', `{service_name="shop"} |= "${start}"`],
    ['elastic', `message:*${start}* AND service.name:"shop" AND @timestamp:[${WINDOW.join(' TO ')}]`],
    ['splunk', `search "${start}*" service="shop" earliest=1795863600 latest=1795870800`],
    [
      '{start}|{end}|{preview}|{pod}|{from}|{toMs}',
      `${start}|${text.slice(-4)}|sk_…${text.slice(-4)}||${WINDOW[0]}|1795870800000`,
    ],
  ])('%s', (search, wanted) => {
    expect(queryOf(search, { service: 'shop', host: 'web-1' })).toBe(wanted);
  });

  test('a line that names no service is found by its host, or by the key alone', () => {
    const [byHost, alone] = [{ host: 'web-1' }, {}];
    expect(queryOf('loki', byHost)).toBe(`{host="web-1"} |= "${start}"`);
    expect(queryOf('loki', alone)).toBe(`{service_name=~".+"} |= "${start}"`);
    expect(queryOf('elastic', byHost)).toContain(' AND host.name:"web-1" AND ');
    expect(queryOf('splunk', alone)).toMatch(/^search "\S+\*" earliest=/);
    expect(queryOf('plain', alone)).toBe(`"${start}" ${WINDOW.join('/')}`);
  });

  test('of a key that may live, and of a short one, no more is told than the preview; of a long one 16 characters', () => {
    expect(queryOf('{start}', {}, { isDead: false })).toBe('sk_');
    expect(queryOf('{start}{end}', {}, { key: text.slice(0, 23) })).toBe('sk_');
    expect(queryOf('{start}', {}, { key: text.slice(0, 24) })).toBe(text.slice(0, 6));
    expect(queryOf('{start}', {}, { key: sample('long', 400) })).toHaveLength(16);
    expect(queryOf('{start}', {}, { key: `-----\n${sample('lines', 80)}` })).toBe('-----');
  });

  test('of a key that may live, both ends are searched, as far as they are on one line', () => {
    const live = { isDead: false };
    const end = text.slice(-4);
    expect(queryOf('plain', {}, live)).toMatch(new RegExp(`^"sk_" "${end}" `));
    expect(queryOf('loki', {}, live)).toMatch(new RegExp(` \\|= "sk_" \\|= "${end}"$`));
    expect(queryOf('elastic', {}, live)).toMatch(new RegExp(`^message:\\*sk_\\* AND message:\\*${end}\\* AND @`));
    expect(queryOf('splunk', {}, live)).toMatch(new RegExp(`^search "sk_\\*" "\\*${end}" `));
    expect(queryOf('loki', {}, { ...live, key: `ab-cd\n${sample('lines', 80)}` })).toMatch(/"\} \|= "ab-"$/);
  });

  const keys = [text, `SG.${sample('a dot', 40)}`, `ab-cd.${sample('a dash', 40)}`, `x:1.${sample('mixed', 40)}`];
  const lines = [
    ...[
      'key=KEY',
      'token:KEY',
      'a.KEY',
      "it'KEY",
      'user_KEY',
      '7KEY',
      '"k":"KEY"',
      '"k":"KEY.',
      'https://h/?k=KEY&x=1',
    ],
    ...['$KEY$', '/KEY/', '\u{1b}[31mKEY\u{1b}[0m', 'schlüssel=KEY', '鍵KEY鍵', 'KEY'],
  ];
  test.each(keys.flatMap((key, n) => [true, false].map((isDead) => ({ n, key, isDead }))))(
    'Elasticsearch holds words, and a key is found whatever it is glued to: key $n, dead: $isDead',
    ({ key, isDead }) => {
      const query = queryOf('elastic', {}, { key, isDead });
      const wanted = [...query.matchAll(/message:\*(\w+)\*/g)].map(([, word = '']) => word.toLowerCase());
      expect(wanted.length).toBeGreaterThan(0);
      const isFound = (line: string): boolean => {
        const words = wordsOf(line.replace('KEY', key));
        return wanted.every((one) => words.some((word) => word.includes(one)));
      };
      expect(lines.filter((line) => !isFound(line))).toEqual([]);
      expect(isFound('an order was placed')).toBe(false);
    },
  );

  test('the time of the line is searched by, unless it is none', () => {
    const windowOf = (log: LogPlace) => {
      const { from, to } = redactionOf('plain', { secret: new Secret(text), origin: at(log), isDead: true });
      return [from, to];
    };
    expect(windowOf({ time: NOON - 16 * 3_600_000 - 0.4 })).toEqual([
      '2026-11-27T19:00:00.000Z',
      '2026-11-27T21:00:00.000Z',
    ]);
    // Of a line without a zone nobody knows whether it was written late or elsewhere: in New York, in Tokyo.
    expect(windowOf({ time: NOON - 5 * 3_600_000 })).toEqual(['2026-11-28T06:00:00.000Z', WINDOW[1]]);
    expect(windowOf({ time: NOON + 9 * 3_600_000 })).toEqual([WINDOW[0], '2026-11-28T22:00:00.000Z']);
    for (const time of [8.64e15, 1e300, Number.NaN, -1e17]) expect(windowOf({ time })).toEqual(WINDOW);
  });
});

describe('whatever a log says of itself', () => {
  const hostile = fc
    .array(
      fc.oneof(
        fc.constantFrom('"', "'", '\\', '`', '{start}', ' OR ', '|', ']', '\n', '\u{202e}', '*', '$&'),
        fc.string({ unit: 'binary' }),
      ),
    )
    .map((parts) => parts.join(''))
    .filter((name) => name !== '');
  const STRING = '"((?:[^"\\\\]|\\\\.)*)"';
  const shapes: readonly (readonly [string, RegExp, (name: string) => string])[] = [
    ['plain', new RegExp(`^"\\w+" service=(?:([\\w.-]+)|${STRING}) \\S+$`, 'u'), (name) => name],
    ['loki', new RegExp(`^\\{service_name=${STRING}\\} \\|= "\\w+"$`, 'u'), (name) => name],
    [
      'elastic',
      new RegExp(`^message:\\*\\w+\\* AND service\\.name:${STRING} AND @timestamp:\\[\\S+ TO \\S+\\]$`, 'u'),
      (name) => name,
    ],
    [
      'splunk',
      new RegExp(`^search "\\w+\\*" service=${STRING} earliest=\\d+ latest=\\d+$`, 'u'),
      (name) => name.replaceAll('`', '*'),
    ],
    [
      '{a="{service}", b=`{service}`, c=\'{service}\'}',
      /^\{a="([^"'`\\]*)", b=`([^"'`\\]*)`, c='([^"'`\\]*)'\}$/u,
      (name) => name.replace(/["'`\\]/g, '?'),
    ],
  ];
  test.each(shapes)('no name breaks out of its quotes: %s', (search, shape, wanted) => {
    fc.assert(
      fc.property(hostile, (service) => {
        const [, ...strings] = shape.exec(queryOf(search, { service })) ?? [];
        const found = strings.flatMap((one) => (one === undefined ? [] : [one.replace(/\\(.)/gu, '$1')]));
        expect(found.length).toBeGreaterThan(0);
        for (const one of found) expect(one).toBe(wanted(publicText(service)));
      }),
      { numRuns: 300 },
    );
  });

  test('no name breaks out of its place in a link', () => {
    const template = 'https://logs.example/{namespace}/x?q={service}&from={fromMs}#{host}';
    fc.assert(
      fc.property(hostile, (service) => {
        const link = linkTo(template, at({ service, namespace: service, host: service }));
        if (link === undefined) return;
        const url = new URL(link);
        expect(url.origin).toBe('https://logs.example');
        expect([...url.searchParams]).toEqual([
          ['q', publicText(service)],
          ['from', String(NOON - 3_600_000)],
        ]);
        expect(link).not.toMatch(/['"<>`\s]/);
      }),
      { numRuns: 300 },
    );
    expect(linkTo(template, at({ service: 'x'.repeat(500) }))).toBeUndefined();
    expect(linkTo(template, at())).toBe(`https://logs.example//x?q=&from=${NOON - 3_600_000}#`);
  });
});

test('a ledger of a version before opens, and knows no place', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'keyfuse-ledger-'));
  const store = openStore(join(dir, 'keyfuse.db'));
  try {
    store.migrate(`create table incidents (
      fingerprint text primary key, id text not null, detector text not null, issuer text not null, locator text not null,
      outcome text, why text, handle text, evidence text,
      opened_at integer not null, intended_at integer, ended_at integer, sightings integer not null default 0)`);
    await store.write((sql) =>
      sql.run(
        "insert into incidents values ('f', 'inc', 'd', 'i', 'app.log', 'held', null, null, null, 1, null, 2, 7)",
      ),
    );
    createLedger(store, systemClock);
    const ledger = createLedger(store, systemClock);
    expect(ledger.find('f')).toMatchObject({ sightings: 7, messages: 0, place: undefined, redact: undefined });
    const redact = redactionOf('plain', { secret: new Secret(text), origin: at(), isDead: false });
    const sighting = { times: 5, outcome: 'held', redact } as const;
    for (const message of ['a', 'a', 'b']) await ledger.sight('f', { ...sighting, message });
    expect(ledger.find('f')).toMatchObject({ sightings: 17, messages: 2, redact });
  } finally {
    await store.close();
    rmSync(dir, { recursive: true });
  }
});

import { appendFileSync, copyFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { workosCustomerKey, workosCustomerKeySettings } from '../detectors/workos-customer-key.ts';
import { systemClock as clock } from '../src/core/clock.ts';
import { sample } from '../src/core/sample.ts';
import type { Store } from '../src/core/store.ts';
import { logFiles, logStdin } from '../src/sources/index.ts';
import type { Source } from '../src/sources/source.ts';
import { openStore } from '../src/store.ts';
import { scratch } from './support/benches.ts';
import { eventually } from './support/eventually.ts';
import { createProbe } from './support/scanning.ts';
import { createFacts, type Facts } from './support/sink.ts';

const detector = workosCustomerKey(workosCustomerKeySettings.parse({}));
const key = (seed: string): string => `${'sk'}_${sample(seed, 40)}`;

/** What the scanner holds back at the end of a text, since it may go on: each with a key, and what stands before it. */
const ends = {
  'base64 of gzip': (one: string) => `g=${gzipSync(`token=${one}`).toString('base64')}\n`,
  'wrapped base64': (one: string) =>
    `${Buffer.from(`some text before it and token=${one}`).toString('base64').replace(/.{40}/g, '$&\n')}\n`,
  'broken over two lines': (one: string) => `key: ${one.slice(0, 24)}\n  ${one.slice(24)}\n`,
  'broken by a backslash': (one: string) => `curl -H "x: ${one.slice(0, 24)}\\\n${one.slice(24)}"\n`,
};
const utf16 = (text: string): Buffer => Buffer.from(text, 'utf16le');
const all = [
  ...Object.entries(ends).map(([name, end]) => [name, (text: string) => Buffer.from(text), end] as const),
  ['UTF-16', utf16, (one: string) => `token=${one}\n`] as const,
];

let dir: string;
let store: Store;
let facts: Facts;
let found: string[];
let refusing: () => boolean;
const refuse = (times: number): void => {
  let left = times;
  refusing = () => {
    left -= 1;
    return left >= 0;
  };
};
let stop: AbortController;
let running: Promise<void>;

const begin = (source: Source): void => {
  stop = new AbortController();
  const { scanner } = createProbe([detector]);
  running = source.run(async (fragment) => {
    const secrets = scanner.scan(fragment).map(({ secret }) => secret.expose());
    // The first half of a key that is broken looks like one, too.
    const whole = secrets.filter(({ length }) => length === key('').length);
    if (whole.length > 0 && refusing()) throw new Error('planted');
    found.push(...whole);
  }, stop.signal);
};
const end = async (): Promise<void> => {
  stop.abort();
  await running;
};

beforeEach(() => {
  dir = scratch();
  store = openStore(join(dir, 'db'), { reserveBytes: 0 });
  facts = createFacts();
  found = [];
  refuse(0);
});
afterEach(async () => {
  await end();
  await store.close();
  rmSync(dir, { recursive: true });
});

describe.each(all)('%s', (name, as, of) => {
  const one = key(name);
  const before = as(`${'a line\n'.repeat(3_000)}`);
  const more = as('another line of a log that goes on and on\n'.repeat(1_000));
  const followed = (): string => join(dir, 'app.log');
  const follow = (): void =>
    begin(
      logFiles({
        paths: [followed()],
        store,
        clock,
        record: facts.record,
        pollMs: 50,
        rotatedMs: 200,
        fromStart: true,
      }),
    );
  const isSaved = (size: number) => () =>
    store.read((sql) => Number(sql.get('select at from log_files')?.['at']) > size - 2);

  test('at the end of a file that stands still: found, and once when it goes on', async () => {
    writeFileSync(followed(), Buffer.concat([before, as(of(one))]));
    follow();
    await eventually('the key', () => found.includes(one));
    appendFileSync(followed(), Buffer.concat([more, as(`token=${key('next')}\n\n`)]));
    await eventually('the next', () => found.includes(key('next')));
    expect(found).toEqual([one, key('next')]);
  });

  test('refused when it is shown, it is shown again', async () => {
    refuse(2);
    writeFileSync(followed(), Buffer.concat([before, as(of(one))]));
    follow();
    await eventually('the key', () => found.includes(one));
  });

  test.each(['', 'renamed'])('before a restart, and more after it: found (%s)', async (how) => {
    refuse(Number.POSITIVE_INFINITY); // Shown or not, nothing of it is durable.
    const text = Buffer.concat([before, as(of(one))]);
    writeFileSync(followed(), text);
    follow();
    await eventually('it is durable', isSaved(text.length));
    await end();
    refuse(0);
    appendFileSync(followed(), more);
    if (how === 'renamed') renameSync(followed(), `${followed()}.1`);
    follow();
    await eventually('the key', () => found.includes(one));
  });

  test.each([0, 2])('at the end of standard input that stands still: found, though refused %i times', async (times) => {
    const input = new PassThrough();
    refuse(times);
    begin(logStdin({ input, clock, record: facts.record }));
    input.write(as(of(one)));
    await eventually('the key', () => found.includes(one));
    input.write(Buffer.concat([more, as(`token=${key('next')}\n\n`)]));
    await eventually('the next', () => found.includes(key('next')));
    if (times === 0) expect(found).toEqual([one, key('next')]);
  });
});

test('of files that go away before it was shown it is given, though they are closed', async () => {
  const names = ['a', 'b', 'c'];
  const place = (name: string): string => join(dir, `${name}.log`);
  for (const name of names) writeFileSync(place(name), `one\n${ends['broken over two lines'](key(name))}`);
  const paths = [join(dir, '*.log')];
  begin(logFiles({ paths, store, clock, record: facts.record, pollMs: 50, mostOpen: 1, fromStart: true }));
  const rows = () => store.read((sql) => sql.all('select at from log_files where at > 0'));
  await eventually('all are read', () => rows().length === names.length);
  for (const name of names) rmSync(place(name));
  await eventually('the keys', () => names.every((name) => found.includes(key(name))));
});

test('what began in a line longer than is read again is found behind a restart', async () => {
  const one = key('a long line');
  const place = join(dir, 'app.log');
  const text = `first\n${'x y '.repeat(10_000)} "${one.slice(0, 14)}\\\n${one.slice(14, 28)}\\\n`;
  const follow = (): void => begin(logFiles({ paths: [place], store, clock, record: facts.record, fromStart: true }));
  writeFileSync(place, text);
  follow();
  const at = () => store.read((sql) => sql.get('select at from log_files')?.['at']);
  await eventually('it is durable', () => at() === text.length);
  await end();
  appendFileSync(place, `${one.slice(28)}"\n${'another line\n'.repeat(3_000)}`);
  follow();
  await eventually('the key', () => found.includes(one));
});

test('what goes on in a copy that is followed as well is found', async () => {
  const one = key('copied');
  const place = join(dir, 'app.log');
  const text = `first\n${'a line of it\n'.repeat(1_000)}key: ${one.slice(0, 24)}\n`;
  writeFileSync(place, text);
  begin(logFiles({ paths: [`${place}*`], store, clock, record: facts.record, pollMs: 50, fromStart: true }));
  const at = () => store.read((sql) => sql.get('select at from log_files')?.['at']);
  await eventually('it is durable', () => at() === text.length);
  appendFileSync(place, `  ${one.slice(24)}\n${'more\n'.repeat(1_000)}`);
  copyFileSync(place, `${place}.1`);
  truncateSync(place, 0);
  await eventually('the key', () => found.includes(one));
});

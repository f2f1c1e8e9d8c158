import { execFile } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { workosCustomerKey, workosCustomerKeySettings } from '../detectors/workos-customer-key.ts';
import { systemClock as clock } from '../src/core/clock.ts';
import { sample } from '../src/core/sample.ts';
import type { Store } from '../src/core/store.ts';
import { NOT_REGULAR } from '../src/sources/files/open.ts';
import { STEP as PIECE } from '../src/sources/files/pour.ts';
import { createTeller } from '../src/sources/files/teller.ts';
import { logFiles } from '../src/sources/index.ts';
import { openStore } from '../src/store.ts';
import { scratch } from './support/benches.ts';
import { eventually } from './support/eventually.ts';
import { startChild } from './support/kill.ts';
import { createProbe } from './support/scanning.ts';
import { createFacts, createSink, type Facts, type Sink } from './support/sink.ts';

let dir: string;
let path: string;
let store: Store;
let facts: Facts;
let sink: Sink;
let stop: AbortController;
let running: Promise<void> | undefined;

const follow = (how: { fromStart?: boolean; rotatedMs?: number } = {}): void => {
  stop = new AbortController();
  const source = logFiles({ paths: [path], store, clock, record: facts.record, pollMs: 50, rotatedMs: 300, ...how });
  running = source.run(sink.emit, stop.signal);
};
const leave = async (): Promise<void> => {
  sink.open();
  stop.abort();
  await running;
  running = undefined;
};
/** Until the file was looked at for the first time. */
const seen = () =>
  eventually('a cursor', () => store.read((sql) => sql.get('select 1 from log_patterns')) !== undefined);

beforeEach(() => {
  dir = scratch();
  path = join(dir, 'app.log');
  store = openStore(join(dir, 'db'), { reserveBytes: 0 });
  facts = createFacts();
  sink = createSink();
});
afterEach(async () => {
  if (running) await leave();
  await store.close();
  rmSync(dir, { recursive: true });
});

const line = (name: string): string => `${name} ${sample(name, 24)}`;
const write = (...names: string[]): void => appendFileSync(path, names.map((name) => `${line(name)}\n`).join(''));
const found = (...names: string[]) => eventually(names.join(', '), () => names.every((name) => sink.has(line(name))));
const times = (name: string): number => sink.texts().join('\n').split(line(name)).length - 1;

describe('at first sight', () => {
  test('a file that is there is read from its end', async () => {
    write('old');
    follow();
    await seen();
    write('new');
    await found('new');
    expect(sink.has(line('old'))).toBe(false);
  });

  test('or from its start, if that is wanted', async () => {
    write('old');
    follow({ fromStart: true });
    await found('old');
  });

  test('a file, and a directory, that come later are read whole', async () => {
    path = join(dir, 'later', 'app.log');
    follow();
    await seen();
    mkdirSync(join(dir, 'later'));
    write('first');
    await found('first');
  });

  test('a path that was looked at when nothing stood there is not new after a restart', async () => {
    follow();
    await seen();
    await leave();
    write('between');
    follow();
    await found('between');
  });

  test('what is no regular file is said once, and the file that takes its place is read', async () => {
    mkdirSync(path);
    follow();
    await eventually('it is said', () => facts.of('fault.raised').length === 1);
    await pause(1_200);
    expect(facts.of('fault.raised').length).toBe(1);
    expect(facts.of('fault.raised')[0]?.code).toBe('source.unreadable');
    rmSync(path, { recursive: true });
    write('then');
    await found('then');
  });
});

test('each of them is told by name, how many there are, and which went away without being read', () => {
  const teller = createTeller((fact) => void facts.record(fact));
  const paths = Array.from({ length: 25 }, (_, nth) => join(dir, `${nth}.log`));
  const barred = Object.assign(new Error('no'), { code: 'EACCES' });
  const look = (troubled: readonly string[]): void => {
    for (const one of troubled) teller.troubled(one, barred);
    teller.looked();
  };
  for (const one of paths) writeFileSync(one, '');
  for (let nth = 0; nth < 3; nth += 1) look(paths);
  const told = () => facts.of('fault.raised').map(({ detail }) => detail);
  expect(told()).toEqual([...paths.slice(0, 20).map((one) => `logs.files: ${one}: EACCES`), 'logs.files: 5 more']);
  rmSync(paths[0] ?? '');
  look(paths.slice(2));
  look([]);
  expect(facts.of('files.unreadable').map(({ files }) => files)).toEqual([25, 23, 0]);
  expect(facts.of('source.unscanned')).toMatchObject([{ source: 'file', locator: paths[0], reason: 'gone' }]);
  // What was no file held no line.
  teller.troubled(join(dir, 'folder'), Object.assign(new Error('no'), { code: NOT_REGULAR }));
  for (let nth = 0; nth < 2; nth += 1) teller.looked();
  expect(facts.of('source.unscanned')).toHaveLength(1);
  teller.troubled(paths[1] ?? '', barred);
  expect(told().at(-1)).toContain('1.log: EACCES');
});

test('a directory that may not be looked into is told where a pattern stands for what is in it', async () => {
  const closed = join(dir, 'closed');
  mkdirSync(closed, { mode: 0o700 });
  writeFileSync(join(closed, 'app.log'), '');
  const script = `
    const { lookUp } = await import(${JSON.stringify(new URL('../src/sources/files/lookup.ts', import.meta.url).href)});
    const { troubles } = await lookUp([process.argv[1]], new AbortController().signal);
    console.log(JSON.stringify(troubles.map(({ path, error }) => [path, error.code])));`;
  const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
  chmodSync(dir, 0o755);
  chmodSync(closed, process.getuid?.() === 0 ? 0o700 : 0o000);
  const args = ['--input-type=module', '-e', script, join(closed, '*.log')];
  const { stdout } = await promisify(execFile)(process.execPath, args, { ...nobody, cwd: '/' });
  chmodSync(closed, 0o700);
  expect(JSON.parse(stdout)).toEqual([[closed, 'EACCES']]);
});

describe('rotation', () => {
  beforeEach(async () => {
    writeFileSync(path, '');
    follow();
    await seen();
    write('one');
    await found('one');
  });

  test('by rename: the rest of the old file and all of the new one', async () => {
    sink.shut();
    write('two');
    await eventually('an emit', () => sink.called.length >= 2);
    write('three');
    renameSync(path, `${path}.1`);
    appendFileSync(`${path}.1`, `${line('late writer')}\n`);
    write('four');
    sink.open();
    await found('two', 'three', 'late writer', 'four');
    appendFileSync(`${path}.1`, `${line('even later')}\n`);
    await found('even later');
  });

  test('by rename, several times in a row', async () => {
    for (let i = 0; i < 5; i += 1) {
      write(`before ${i}`);
      renameSync(path, `${path}.${i}`);
      write(`after ${i}`);
      await found(`before ${i}`, `after ${i}`);
    }
    const rows = (where: string) => store.read((sql) => sql.all(`select 1 from log_files where ${where}`)).length;
    await eventually('old files are closed', () => rows('rests = 0') === 1);
    expect(rows('rests = 1')).toBe(5);
    for (let i = 0; i < 5; i += 1) rmSync(`${path}.${i}`);
    await eventually('old files are let go', () => rows('true') === 1);
  });

  test('by copy and truncation: what was not read of it is read from the copy', async () => {
    sink.shut();
    write('two');
    await eventually('an emit', () => sink.called.length >= 2);
    write('three');
    copyFileSync(path, `${path}.1`);
    truncateSync(path);
    write('four');
    sink.open();
    await found('two', 'three', 'four');
    expect(facts.of('source.unscanned')).toEqual([]);
  });

  test('by truncation, and grown again beyond where we were', async () => {
    await pause(300);
    writeFileSync(path, `${line('new beginning')}\n${'filler line\n'.repeat(50)}`);
    await found('new beginning');
  });

  test('by cutting it shorter, with the same beginning', async () => {
    const beginning = 'the same beginning\n'.repeat(400);
    appendFileSync(path, `${beginning}${'filler line\n'.repeat(1_000)}${line('two')}\n`);
    await found('two');
    truncateSync(path, beginning.length);
    write('three');
    await found('three');
  });

  test('by another text of the same beginning that is longer: at once, and while we were down', async () => {
    const beginning = 'the same beginning\n'.repeat(400);
    appendFileSync(path, `${beginning}${line('two')}\n`);
    await found('two');
    const begun = `${line('one')}\n${beginning}`;
    const rewrite = (name: string, length: number): void => {
      const file = openSync(path, 'r+');
      writeSync(file, `${begun}${line(name)}\n${'another end\n'.repeat(length)}`);
      closeSync(file);
    };
    rewrite('three', 50);
    await found('three');
    await leave();
    rewrite('four', 100);
    follow();
    await found('four');
  });

  test('by truncation alone: what is lost is said', async () => {
    sink.shut();
    appendFileSync(path, `${line('two')}\n${'filler line\n'.repeat(60_000)}${line('lost')}\n`);
    await eventually('an emit', () => sink.called.length >= 2);
    truncateSync(path);
    write('three');
    sink.open();
    await found('two', 'three');
    expect(facts.of('source.unscanned').map(({ reason }) => reason)).toEqual(['emptied']);
  });

  test('by deletion: the open file is read to its end, and the next one whole', async () => {
    sink.shut();
    write('two');
    await eventually('an emit', () => sink.called.length >= 2);
    write('three');
    rmSync(path);
    await pause(200);
    sink.open();
    await found('two', 'three');
    write('four');
    await found('four');
  });

  test('an old file without a newline at its end is read to its last byte, which ends its flow', async () => {
    appendFileSync(path, line('no newline'));
    renameSync(path, `${path}.1`);
    await eventually('the end', () =>
      sink.taken.some(({ last, bytes }) => last && Buffer.from(bytes).includes(line('no newline'))),
    );
  });
});

describe('after a restart', () => {
  beforeEach(async () => {
    writeFileSync(path, '');
    follow();
    await seen();
    write('one');
    await found('one');
    await leave();
  });

  test('it goes on where it was', async () => {
    write('two');
    follow();
    await found('two');
    expect(times('one')).toBe(1);
  });

  test('a file that was renamed meanwhile is read to its end', async () => {
    write('two');
    renameSync(path, `${path}.1`);
    write('three');
    follow();
    await found('two', 'three');
    expect(times('one')).toBe(1);
  });

  test('a file that was copied and truncated meanwhile is read from its copy', async () => {
    write('two');
    copyFileSync(path, `${path}.1`);
    truncateSync(path);
    write('three');
    follow();
    await found('two', 'three');
  });

  test('another file with the same number is read whole', async () => {
    writeFileSync(path, `${line('another')}\n${'filler line\n'.repeat(50)}`);
    follow();
    await found('another');
  });

  test('a file that is gone is said, once', async () => {
    rmSync(path);
    follow();
    await eventually('it is said', () => facts.of('source.unscanned').length === 1);
    await leave();
    follow();
    write('two');
    await found('two');
    expect(facts.of('source.unscanned').length).toBe(1);
  });
});

const detector = workosCustomerKey(workosCustomerKeySettings.parse({}));
const key = (seed: string): string => `${'sk'}_${sample(seed, 40)}`;
/** The keys that the real scanner finds in what was taken, in order. */
const keys = (): readonly string[] => {
  const { scanner } = createProbe([detector]);
  return sink.taken.flatMap((fragment) => scanner.scan(fragment).map(({ secret }) => secret.expose()));
};

describe('keys and borders', () => {
  beforeEach(async () => {
    writeFileSync(path, '');
    follow();
    await seen();
  });

  test('a key that is written byte by byte is found once its line ends', async () => {
    for (const byte of `token=${key('slow')} ok\n`) {
      appendFileSync(path, byte);
      await pause(2);
    }
    await eventually('the key', () => keys().includes(key('slow')));
  });

  test('a key in a line without an end is found after a moment, and the line goes on', async () => {
    appendFileSync(path, `token=${key('waiting')}`);
    await eventually('the key', () => keys().includes(key('waiting')));
    appendFileSync(path, ` and ${key('more')}\n`);
    await eventually('the rest', () => keys().includes(key('more')));
  });

  test.each([1, 7, 20, 42])(
    'a key that begins %i bytes before the end of a piece of a long line is found',
    async (before) => {
      const { length } = 'token=';
      const long = `${'x'.repeat(3 * PIECE - before - length - 1)} token=${key(`border ${before}`)} ${'y'.repeat(100_000)}\n`;
      appendFileSync(path, long);
      await eventually('the key', () => keys().includes(key(`border ${before}`)));
      expect(Math.max(...sink.taken.map(({ bytes }) => bytes.length))).toBeLessThanOrEqual(PIECE);
    },
  );

  test('a key that a restart cuts is found', async () => {
    const long = `${'x'.repeat(PIECE - 20)} token=${key('cut')}`;
    appendFileSync(path, long.slice(0, PIECE));
    await eventually('the first piece', () => sink.taken.some(({ flow, bytes }) => flow && bytes.length === PIECE));
    await leave();
    appendFileSync(path, `${long.slice(PIECE)} end\n`);
    follow();
    await eventually('the key', () => keys().includes(key('cut')));
  });

  test('a key that a refusal of the topic cuts is found', async () => {
    const long = `${'x'.repeat(PIECE - 20)} token=${key('refused')}`;
    appendFileSync(path, long.slice(0, PIECE));
    await eventually('the first piece', () => sink.taken.some(({ flow, bytes }) => flow && bytes.length === PIECE));
    sink.refuse(true);
    const { length } = sink.called;
    appendFileSync(path, `${long.slice(PIECE)} end\n`);
    await eventually('a refusal', () => sink.called.length > length);
    sink.refuse(false);
    await eventually('the key', () => keys().includes(key('refused')));
  });

  test('ten lines are ten lines: nothing twice, nothing missing, cut at their ends', async () => {
    for (let i = 0; i < 10; i += 1) {
      write(`row ${i}`);
      await pause(20);
    }
    await found(...Array.from({ length: 10 }, (_, i) => `row ${i}`));
    for (let i = 0; i < 10; i += 1) expect(times(`row ${i}`)).toBe(1);
    for (const { bytes } of sink.taken) expect(bytes.at(-1)).toBe(0x0a);
  });
});

test('kill -9, under writing and rotation: no line is lost', async () => {
  writeFileSync(path, '');
  const place = scratch();
  const emitted = (): string =>
    existsSync(join(place, 'emitted')) ? readFileSync(join(place, 'emitted'), 'utf8') : '';
  const names: string[] = [];
  let child = await startChild('file', place, path);
  try {
    await pause(500);
    for (let round = 0; round < 6; round += 1) {
      for (let burst = 0; burst < 8; burst += 1) {
        const fresh = Array.from({ length: 20 }, (_, i) => `round ${round} burst ${burst} line ${i}`);
        names.push(...fresh);
        write(...fresh);
        await pause(Math.random() * 10);
      }
      const first = line(`round ${round} burst 0 line 0`);
      await eventually(`the round's first line`, () => emitted().includes(first));
      if (round % 3 === 1) {
        renameSync(path, `${path}.${round}`);
        write(`after the rename ${round}`);
        names.push(`after the rename ${round}`);
      }
      await child.kill();
      if (round % 3 === 2) {
        copyFileSync(path, `${path}.${round}`);
        truncateSync(path);
      }
      child = await startChild('file', place, path);
    }
    const missing = (): string[] => {
      const all = emitted();
      return names.filter((name) => !all.includes(line(name)));
    };
    await eventually('every line', () => missing().length === 0).catch(() => undefined);
    expect(missing()).toEqual([]);
  } finally {
    await child.kill();
    rmSync(place, { recursive: true });
  }
}, 90_000);

import { createHash } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { workosCustomerKey, workosCustomerKeySettings } from '../detectors/workos-customer-key.ts';
import type { Candidate } from '../src/core/candidate.ts';
import { systemClock as clock } from '../src/core/clock.ts';
import { sample } from '../src/core/sample.ts';
import type { Store } from '../src/core/store.ts';
import { hashOf, NONE } from '../src/sources/files/cursors.ts';
import { lookUp, unmatched } from '../src/sources/files/lookup.ts';
import { findRest } from '../src/sources/files/rest.ts';
import { createSiblings } from '../src/sources/files/siblings.ts';
import { logFiles } from '../src/sources/index.ts';
import { GivenUp } from '../src/sources/waiting.ts';
import { openStore } from '../src/store.ts';
import { scratch } from './support/benches.ts';
import { eventually } from './support/eventually.ts';
import { createProbe } from './support/scanning.ts';
import { createFacts, createSink, type Facts, type Sink } from './support/sink.ts';
import { zstdFrames } from './support/zstd.ts';

let dir: string;
let logs: string;
let store: Store;
let facts: Facts;
let sink: Sink;
let stop: AbortController;
let running: Promise<void> | undefined;
/** A text that is never taken. */
let poison: string | undefined;
/** How often it was not. */
let tried: number;
/** Found while the text was emitted, as in the daemon: then its place can be told. */
let found: Candidate[];

const detector = workosCustomerKey(workosCustomerKeySettings.parse({}));
const key = (seed: string): string => `${'sk'}_${sample(seed, 40)}`;
const line = (name: string): string => `${name} ${sample(name, 24)}`;
const at = (name: string): string => join(logs, name);
const write = (name: string, ...texts: string[]): void =>
  appendFileSync(at(name), texts.map((text) => `${line(text)}\n`).join(''));

interface How {
  readonly fromStart?: boolean;
  readonly rotatedMs?: number;
  readonly deletedMs?: number;
  readonly mostOpen?: number;
  readonly pollMs?: number;
}
const follow = (paths: readonly string[], how: How = {}): void => {
  stop = new AbortController();
  const { scanner } = createProbe([detector]);
  const source = logFiles({ paths, store, clock, record: facts.record, pollMs: 50, rotatedMs: 200, ...how });
  running = source.run(async (fragment) => {
    if (poison && Buffer.from(fragment.bytes).includes(poison)) {
      tried += 1;
      throw new Error('planted');
    }
    found.push(...scanner.scan(fragment));
    await sink.emit(fragment);
  }, stop.signal);
};
const leave = async (): Promise<void> => {
  sink.open();
  stop.abort();
  await running;
  running = undefined;
};
const seen = () => eventually('a look', () => store.read((sql) => sql.get('select 1 from log_patterns')) !== undefined);
const has = (...names: string[]) => eventually(names.join(', '), () => names.every((name) => sink.has(line(name))));
const times = (name: string): number => sink.texts().join('\n').split(line(name)).length - 1;
const rows = (): number => Number(store.read((sql) => sql.get('select count(*) as n from log_files'))?.['n']);
const resting = (): number => store.read((sql) => sql.all('select 1 from log_files where rests = 1')).length;
const keys = (): readonly string[] => found.map(({ secret }) => secret.expose());

beforeEach(() => {
  dir = scratch();
  logs = join(dir, 'logs');
  mkdirSync(logs);
  store = openStore(join(dir, 'db'), { reserveBytes: 0 });
  facts = createFacts();
  sink = createSink();
  found = [];
  poison = undefined;
  tried = 0;
});
afterEach(async () => {
  if (running) await leave();
  await store.close();
  rmSync(dir, { recursive: true });
});

describe('patterns', () => {
  test('find what is there, what comes later, in folders that come later, and through links', async () => {
    write('app.log', 'old');
    write('app.txt', 'not asked for');
    mkdirSync(join(dir, 'elsewhere'));
    writeFileSync(join(dir, 'elsewhere', 'real'), '');
    symlinkSync(join(dir, 'elsewhere', 'real'), at('link.log'));
    symlinkSync(join(dir, 'elsewhere', 'nothing'), at('dangling.log'));
    mkdirSync(at('folder.log'));
    follow([join(logs, '**', '*.{log,out}')]);
    await seen();
    write('app.log', 'new');
    write('later.out', 'later');
    mkdirSync(at('deep/er'), { recursive: true });
    write('deep/er/x.log', 'deep');
    appendFileSync(join(dir, 'elsewhere', 'real'), `${line('through the link')}\n`);
    await has('new', 'later', 'deep', 'through the link');
    expect(sink.has(line('old'))).toBe(false);
    expect(sink.has(line('not asked for'))).toBe(false);
    expect(new Set(sink.taken.map(({ origin }) => origin.locator))).toEqual(
      new Set([at('app.log'), at('later.out'), at('deep/er/x.log'), at('link.log')]),
    );
    expect(facts.of('fault.raised')).toEqual([]);
    await leave();
    write('meanwhile.log', 'meanwhile');
    follow([join(logs, '**', '*.{log,out}')]);
    await has('meanwhile');
    expect(times('new')).toBe(1);
  });

  test('go through links to folders, too, where a step of it stands for them; a loop ends, and names with a dot are not meant', async () => {
    mkdirSync(join(dir, 'elsewhere', 'in'), { recursive: true });
    mkdirSync(at('real'));
    symlinkSync(join(dir, 'elsewhere'), at('link'));
    symlinkSync(logs, at('loop'));
    symlinkSync(at('nothing'), at('dangling'));
    const texts = ['link/a.log', 'real/b.log', 'link/in/c.log', 'link/.hidden.log'];
    for (const one of texts) write(one, one);
    const signal = new AbortController().signal;
    const found = async (pattern: string): Promise<readonly string[]> =>
      (await lookUp([at(pattern)], signal)).files.map(({ path }) => path.slice(logs.length + 1)).toSorted();
    expect(await found('*/*.log')).toEqual(['link/a.log', 'real/b.log']);
    expect(await found('{l*,real}/*.log')).toEqual(['link/a.log', 'real/b.log']);
    expect(await found('*/*/*.log')).toEqual(['link/in/c.log', 'loop/link/a.log', 'loop/real/b.log']);
    expect(await found('l?nk/**/*.log')).toEqual(['link/a.log', 'link/in/c.log']);
    expect(await found('**/*.log')).toEqual(['real/b.log']);
    expect(await found('*/.*.log')).toEqual(['link/.hidden.log']);
    expect(await unmatched([at('*/in/*.log'), at('*/in/*.txt'), at('real/b.log')])).toEqual([at('*/in/*.txt')]);
    follow([at('*/*.log')], { fromStart: true });
    await has('link/a.log', 'real/b.log');
    renameSync(at('link/a.log'), at('link/a.log.1'));
    write('link/a.log', 'after');
    mkdirSync(join(dir, 'elsewhere', 'other'));
    await has('after');
    expect(['link/a.log', 'real/b.log', 'after'].map(times)).toEqual([1, 1, 1]);
  });

  test('a file that is renamed and still found is the same: nothing twice, nothing lost', async () => {
    write('app.log', 'old');
    follow([at('app.log*')], { fromStart: true });
    await has('old');
    for (const round of [1, 2, 3]) {
      write('app.log', `before ${round}`);
      for (let i = round - 1; i > 0; i -= 1) renameSync(at(`app.log.${i}`), at(`app.log.${i + 1}`));
      renameSync(at('app.log'), at('app.log.1'));
      write('app.log.1', `late ${round}`);
      write('app.log', `after ${round}`);
      await has(`before ${round}`, `late ${round}`, `after ${round}`);
    }
    await leave();
    renameSync(at('app.log'), at('app.log.0'));
    write('app.log.0', 'down');
    write('app.log', 'fresh');
    follow([at('app.log*')]);
    await has('down', 'fresh');
    const names = ['old', 'before 1', 'late 2', 'after 3', 'down', 'fresh'];
    expect(names.map(times)).toEqual(names.map(() => 1));
  });

  test('two thousand files: each is read once, few are open, and what grows after it was closed is read', async () => {
    const name = (i: number): string => `${i % 10}/${i}.log`;
    for (let i = 0; i < 10; i += 1) mkdirSync(at(String(i)));
    for (let i = 0; i < 2_000; i += 1) writeFileSync(at(name(i)), `file ${i} first\n`);
    const sizes: number[] = [];
    const count = () => sink.taken.length;
    const opened = (): number =>
      readdirSync('/proc/self/fd').filter((fd) => linkOf(fd).startsWith(logs) && linkOf(fd).endsWith('.log')).length;
    follow([at('*/*.log')], { fromStart: true, mostOpen: 50, pollMs: 1_000 });
    await eventually('all of them', () => count() === 2_000);
    sizes.push(opened());
    for (let i = 0; i < 2_000; i += 7) appendFileSync(at(name(i)), `file ${i} second\n`);
    await eventually('what was added', () => count() === 2_000 + Math.ceil(2_000 / 7));
    sizes.push(opened());
    expect(Math.max(...sizes)).toBeLessThanOrEqual(52);
    const cpu = process.cpuUsage();
    await clock.sleep(1_000);
    const { user, system } = process.cpuUsage(cpu);
    expect((user + system) / 1e6).toBeLessThan(0.3);
    await leave();
    expect(rows()).toBe(2_000);
    follow([at('*/*.log')], { mostOpen: 50 });
    appendFileSync(at(name(3)), 'third\n');
    await eventually('the third', () => count() === 2_001 + Math.ceil(2_000 / 7));
  });

  test('a big file does not keep the others waiting', async () => {
    writeFileSync(at('big.log'), Buffer.alloc(16 * 1024 * 1024, `${'filler '.repeat(20)}\n`));
    writeFileSync(at('small.log'), `${line('small')}\n`);
    follow([at('*.log')], { fromStart: true });
    await eventually('the small one', () => sink.taken.some(({ origin }) => origin.locator === at('small.log')));
    const before = sink.taken.findIndex(({ origin }) => origin.locator === at('small.log'));
    expect(before).toBeLessThanOrEqual(17);
  });
});

test('a text that is never taken, in a file or a packed one, does not keep the other files waiting', async () => {
  poison = line('poison');
  write('a.log', 'one', 'poison');
  write('b.log', 'two');
  write('c.log', 'three');
  follow([at('*.log')], { fromStart: true });
  await has('two', 'three');
  await leave();
  write('c.log', 'poison', 'four');
  writeFileSync(at('c.log.1.gz'), gzipSync(readFileSync(at('c.log'))));
  rmSync(at('c.log'));
  write('d.log', 'five');
  follow([at('*.log')], { fromStart: true });
  await has('five');
  poison = undefined;
  await has('one', 'four');
  expect(times('poison')).toBe(2);
});

test('how far a file was read is remembered, though what comes next in it is refused again and again', async () => {
  poison = line('poison');
  write('app.log', ...Array.from({ length: 20_000 }, (_, i) => `row ${i}`), 'poison');
  follow([at('app.log')], { fromStart: true });
  const saved = () => Number(store.read((sql) => sql.get('select at from log_files'))?.['at'] ?? 0);
  await eventually('it is saved', () => saved() > 0);
});

/** Empty when it was closed meanwhile. */
const linkOf = (fd: string): string => {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return '';
  }
};

describe('a file that was packed', () => {
  const texts = (from: number): string[] => Array.from({ length: 30_000 }, (_, i) => `row ${from + i}`);
  const pack = { gz: gzipSync, zst: zstdFrames } as const;

  test.each(['gz', 'zst'] as const)('while we were down (%s): the rest is read from its copy, once', async (kind) => {
    write('app.log', 'one');
    follow([at('app.log*')], { fromStart: true });
    await has('one');
    await leave();
    write('app.log', ...texts(0), 'last');
    writeFileSync(at('other.log.1.gz'), gzipSync('another beginning'));
    writeFileSync(at(`app.log.1.${kind}`), pack[kind](readFileSync(at('app.log'))));
    rmSync(at('app.log'));
    write('app.log', 'two');
    follow([at('app.log*')]);
    await has('row 0', 'last', 'two');
    expect(['one', 'row 0', 'row 29999', 'last', 'two'].map(times)).toEqual([1, 1, 1, 1, 1]);
    await eventually('it is done with', () => rows() === 1);
    expect(facts.of('source.unscanned')).toEqual([]);
    await leave();
    follow([at('app.log*')]);
    write('app.log', 'three');
    await has('three');
    expect(times('last')).toBe(1);
  });

  test.each(['.1.gz', '.1'])('or renamed, and cut while it was read: goes on where it was (%s)', async (end) => {
    write('app.log', 'one');
    follow([at('app.log')], { fromStart: true });
    await has('one');
    await leave();
    write('app.log', ...texts(0), 'last');
    renameSync(at('app.log'), at('app.log.1'));
    if (end === '.1.gz') {
      writeFileSync(at('app.log.1.gz'), gzipSync(readFileSync(at('app.log.1'))));
      rmSync(at('app.log.1'));
    }
    const before = sink.called.length;
    sink.shut();
    follow([at('app.log')]);
    await eventually('the first part', () => sink.called.length > before);
    await leave();
    expect(times('last')).toBe(0);
    follow([at('app.log')]);
    await has('last');
    expect(sink.texts().join('\n').split(line('row 0')).length).toBeLessThanOrEqual(3);
    expect(['one', 'last'].map(times)).toEqual([1, 1]);
  });

  test('and was renamed before its text was taken: it is read on under its new name, and not its namesake', async () => {
    write('app.log', 'one');
    follow([at('app.log')], { fromStart: true });
    await has('one');
    await leave();
    write('app.log', 'two', 'poison');
    writeFileSync(at('app.log.1.gz'), gzipSync(readFileSync(at('app.log'))));
    rmSync(at('app.log'));
    poison = line('poison');
    follow([at('app.log')]);
    await eventually('it to be tried', () => tried > 0);
    renameSync(at('app.log.1.gz'), at('app.log.2.gz'));
    writeFileSync(at('app.log.1.gz'), gzipSync(`${line('another')}\n`.repeat(10)));
    poison = undefined;
    await has('two', 'poison');
    await eventually('it is done with', () => rows() === 0);
    expect(facts.of('source.unscanned')).toEqual([]);
  });

  test('and removed before its text was taken: it is said to be gone', async () => {
    write('app.log', 'one');
    follow([at('app.log')], { fromStart: true });
    await has('one');
    await leave();
    write('app.log', 'poison');
    writeFileSync(at('app.log.1.gz'), gzipSync(readFileSync(at('app.log'))));
    rmSync(at('app.log'));
    poison = line('poison');
    follow([at('app.log')]);
    await eventually('it to be tried', () => tried > 0);
    rmSync(at('app.log.1.gz'));
    await eventually('it to be told', () => facts.of('source.unscanned').length > 0);
    expect(facts.of('source.unscanned')).toEqual([
      { type: 'source.unscanned', source: 'file', locator: at('app.log'), reason: 'gone' },
    ]);
  });

  test('under the number that an empty file had, whose name went away as well', async () => {
    write('a.log');
    write('b.log', 'one');
    follow([at('*.log')], { fromStart: true });
    await has('one');
    await eventually('both are known', () => rows() === 2);
    await leave();
    write('b.log', 'two');
    const packed = gzipSync(readFileSync(at('b.log')));
    // The system gives the number of the empty one to the next that is made: here it becomes that one.
    renameSync(at('a.log'), at('b.log.1.gz'));
    writeFileSync(at('b.log.1.gz'), packed);
    rmSync(at('b.log'));
    write('a.log', 'three');
    write('b.log', 'four');
    follow([at('*.log')], { fromStart: true });
    await has('two', 'three', 'four');
    expect(times('one')).toBe(1);
  });

  test('with others that came and went while we were down: they are read whole, older ones are not', async () => {
    const rotate = (to: string, minute: number): void => {
      const packed = to.endsWith('.gz') ? gzipSync(readFileSync(at('app.log'))) : readFileSync(at('app.log'));
      writeFileSync(at(to), packed);
      utimesSync(at(to), minute * 60, minute * 60);
      rmSync(at('app.log'));
    };
    write('app.log', 'old');
    rotate('app.log.5.gz', 1);
    write('app.log', 'one');
    follow([at('app.log')], { fromStart: true });
    await has('one');
    await leave();
    write('app.log', 'rest of one');
    rotate('app.log.4.gz', 2);
    write('app.log', ...texts(0), 'second');
    rotate('app.log.3.gz', 3);
    write('app.log', 'third');
    rotate('app.log.2', 4);
    write('app.log', 'other');
    rotate('app.log.bak', 5);
    write('app.log', 'fourth');
    follow([at('app.log')]);
    await eventually('the first part', () => sink.has(line('row 0')));
    await leave();
    follow([at('app.log')]);
    await has('rest of one', 'second', 'third', 'fourth');
    await eventually('they are done with', () => rows() === 2 && resting() === 1);
    rmSync(at('app.log.2'));
    await eventually('the one that was not packed, too', () => rows() === 1);
    expect(['old', 'one', 'rest of one', 'second', 'other', 'fourth'].map(times)).toEqual([0, 1, 1, 1, 0, 1]);
    expect(facts.of('source.unscanned')).toEqual([]);
  });

  test('in a way that we do not read, or is damaged: it is said', async () => {
    write('a.log', 'one');
    write('b.log', 'two');
    follow([at('*.log')], { fromStart: true });
    await has('one', 'two');
    await leave();
    write('a.log', ...texts(0));
    writeFileSync(at('a.log.1.xz'), 'not read');
    writeFileSync(
      at('b.log.1.gz'),
      gzipSync(Buffer.concat([readFileSync(at('b.log')), readFileSync(at('a.log'))])).subarray(0, -5_000),
    );
    rmSync(at('a.log'));
    rmSync(at('b.log'));
    follow([at('*.log')]);
    await eventually('both', () => facts.of('source.unscanned').length === 2);
    expect(facts.of('source.unscanned').map(({ locator, reason }) => [locator, reason])).toEqual([
      [at('a.log'), 'gone'],
      [at('b.log'), 'unreadable'],
    ]);
    expect(sink.has(line('row 0'))).toBe(true);
  });
});

describe('generations that came and went between two looks', () => {
  /** As logrotate does with `create`. */
  const turn = (): void => {
    for (let i = 8; i > 0; i -= 1) {
      for (const end of ['', '.gz'])
        if (existsSync(at(`app.log.${i}${end}`))) renameSync(at(`app.log.${i}${end}`), at(`app.log.${i + 1}${end}`));
    }
    renameSync(at('app.log'), at('app.log.1'));
    writeFileSync(at('app.log'), '');
  };
  const copyTruncate = (to: string): void => {
    copyFileSync(at('app.log'), at(to));
    truncateSync(at('app.log'));
  };
  const packIt = (name: string): void => {
    const { atime, mtime } = statSync(at(name));
    writeFileSync(at(`${name}.gz`), gzipSync(readFileSync(at(name))));
    utimesSync(at(`${name}.gz`), atime, mtime);
    rmSync(at(name));
  };
  const once = (...names: string[]) => expect(names.map(times)).toEqual(names.map(() => 1));

  test('are read whole, packed or not, and once; older ones are not', async () => {
    write('app.log.7', 'older');
    write('app.log.8.gz', 'older, packed');
    for (const name of ['app.log.7', 'app.log.8.gz']) utimesSync(at(name), 60, 60);
    write('app.log', 'zero');
    follow([at('app.log')], { fromStart: true });
    await has('zero');
    const names: string[] = [];
    for (const round of [1, 2]) {
      for (const n of [1, 2, 3]) {
        write('app.log', `round ${round} turn ${n}`);
        names.push(`round ${round} turn ${n}`);
        turn();
        if (n === 2) packIt('app.log.1');
      }
      write('app.log', `round ${round} last`);
      await has(...names, `round ${round} last`);
    }
    once('zero', ...names, 'round 1 last', 'round 2 last');
    expect(sink.texts().join()).not.toContain('older');
    expect(facts.of('source.unscanned')).toEqual([]);
    expect(new Set(sink.taken.map(({ origin }) => origin.locator))).toEqual(new Set([at('app.log')]));
  });

  test('of a log that a name links to, are found where it stands', async () => {
    for (const name of ['pods', 'containers']) mkdirSync(at(name));
    symlinkSync(at('pods/0.log'), at('containers/app.log'));
    write('pods/0.log', 'one');
    follow([at('containers/*.log')], { fromStart: true });
    await has('one');
    await leave();
    for (const [n, minute] of ['20260101-000000', '20260101-000100', '20260101-000200'].entries()) {
      write('pods/0.log', `turn ${n}`);
      renameSync(at('pods/0.log'), at(`pods/0.log.${minute}`));
      if (n === 1) packIt(`pods/0.log.${minute}`);
      await clock.sleep(20);
    }
    write('pods/0.log', 'last');
    const before = sink.called.length;
    sink.shut();
    follow([at('containers/*.log')]);
    await eventually('a first part', () => sink.called.length > before);
    await leave();
    follow([at('containers/*.log')]);
    await has('turn 0', 'turn 1', 'turn 2', 'last');
    once('one', 'turn 2', 'last');
  });

  test.each(['at once', 'while we were down'])('of an empty file that was copied and emptied, %s', async (when) => {
    write('app.log.1', 'older');
    writeFileSync(at('app.log'), '');
    follow([at('app.log')], { fromStart: true });
    await seen();
    await clock.sleep(200);
    if (when !== 'at once') await leave();
    write('app.log', 'first');
    copyTruncate('app.log.2');
    write('app.log', 'second');
    copyTruncate('app.log.3');
    if (when !== 'at once') follow([at('app.log')]);
    await has('first', 'second');
    write('app.log', 'third');
    await has('third');
    once('first', 'second', 'third');
    expect(times('older')).toBe(0);
  });

  test('of a file that was copied and emptied twice', async () => {
    write('app.log', 'one');
    follow([at('app.log')], { fromStart: true });
    await has('one');
    write('app.log', 'two');
    copyTruncate('app.log.2');
    write('app.log', 'three');
    copyTruncate('app.log.1');
    write('app.log', 'four');
    await has('two', 'three', 'four');
    once('one', 'two', 'three', 'four');
  });
});

describe('a program that holds its file', () => {
  const opened = (): readonly string[] => {
    const ours = readdirSync('/proc/self/fd').filter((fd) => Number(fd) !== held);
    return ours.map(linkOf).filter((one) => one.startsWith(logs) && one.includes('.log'));
  };
  let held: number;
  const late = (name: string): void => void writeSync(held, `${line(name)}\n`);

  beforeEach(async () => {
    write('app.log', 'one');
    held = openSync(at('app.log'), 'a');
    follow([at('app.log')], { fromStart: true, deletedMs: 2_000 });
    await has('one');
  });
  afterEach(() => closeSync(held));

  test('writes to one that was renamed, again and again, after long silence: read, and not kept open', async () => {
    renameSync(at('app.log'), at('app.log.1'));
    write('app.log', 'two');
    await eventually('it rests', () => resting() === 1);
    expect(opened()).toEqual([at('app.log')]);
    late('late');
    await has('two', 'late');
    await eventually('it rests', () => resting() === 1);
    renameSync(at('app.log.1'), at('app.log.2'));
    renameSync(at('app.log'), at('app.log.1'));
    write('app.log', 'three');
    await eventually('both rest', () => resting() === 2);
    late('later');
    await has('three', 'later');
    await eventually('both rest', () => resting() === 2);
    await leave();
    renameSync(at('app.log.2'), at('app.log.3'));
    late('after a restart');
    follow([at('app.log')]);
    await has('after a restart');
    await eventually('both rest', () => resting() === 2);
    for (const n of [1, 3]) rmSync(at(`app.log.${n}`));
    await eventually('they are forgotten', () => rows() === 1);
    expect(['one', 'two', 'late', 'three', 'later', 'after a restart'].map(times)).toEqual([1, 1, 1, 1, 1, 1]);
    expect(facts.of('source.unscanned')).toEqual([]);
  });

  test.each(['moved', 'called otherwise'])('writes to one that was %s: the same', async (how) => {
    mkdirSync(at('old'));
    const to = at(how === 'moved' ? 'old/app.log' : 'app.bak');
    renameSync(at('app.log'), to);
    await eventually('it rests', () => resting() === 1);
    late('late');
    await has('late');
    expect(times('one')).toBe(1);
  });

  test.each(['at once', 'while we were down'])('and one that was packed then is not read twice: %s', async (when) => {
    renameSync(at('app.log'), at('app.log.1'));
    await eventually('it rests', () => resting() === 1);
    if (when !== 'at once') await leave();
    late('late');
    const { atime, mtime } = statSync(at('app.log.1'));
    writeFileSync(at('app.log.1.gz'), gzipSync(readFileSync(at('app.log.1'))));
    utimesSync(at('app.log.1.gz'), atime, mtime);
    rmSync(at('app.log.1'));
    write('app.log', 'two');
    if (when !== 'at once') follow([at('app.log')]);
    await has('late', 'two');
    await eventually('it is forgotten', () => rows() === 1);
    expect(['one', 'late', 'two'].map(times)).toEqual([1, 1, 1]);
    expect(facts.of('source.unscanned')).toEqual([]);
  });

  test('writes to one that was deleted: as long as we hold it, too', async () => {
    rmSync(at('app.log'));
    await eventually('it is held', () => resting() === 1);
    late('late');
    await has('late');
    await eventually('it is held', () => resting() === 1);
    await eventually('it is let go', () => opened().length === 0);
    expect(rows()).toBe(0);
    expect(facts.of('source.unscanned')).toEqual([]);
  });

  test('deletes many: few of them are held', async () => {
    const names = Array.from({ length: 80 }, (_, i) => `many/${i}.log`);
    await leave();
    mkdirSync(at('many'));
    for (const one of names) write(one, one);
    follow([at('many/*.log')], { fromStart: true });
    await has(...names);
    rmSync(at('many'), { recursive: true });
    await eventually('some are let go', () => opened().length <= 64);
    await eventually('the others are held', () => resting() === 64);
    expect(opened().length).toBe(64);
    expect(facts.of('source.unscanned')).toEqual([]);
  });

  test('and one that was deleted and read is missed by nobody after a restart', async () => {
    rmSync(at('app.log'));
    await eventually('it is held', () => resting() === 1);
    await leave();
    write('app.log', 'two');
    follow([at('app.log')]);
    await has('two');
    expect(facts.of('source.unscanned')).toEqual([]);
  });
});

describe('after a restart', () => {
  test('a file is known by its number under any name, for as long as it is written to', async () => {
    write('current', 'one');
    follow([at('current')], { fromStart: true });
    await has('one');
    await leave();
    write('current', 'two');
    renameSync(at('current'), at('@400000006564f0a03b1f8a5c.s'));
    write('current', 'three');
    follow([at('current')]);
    await has('two', 'three');
    await eventually('it rests', () => resting() === 1);
    renameSync(at('@400000006564f0a03b1f8a5c.s'), at('kept'));
    await leave();
    write('kept', 'late');
    follow([at('current')]);
    await has('late');
    expect(['one', 'two', 'three', 'late'].map(times)).toEqual([1, 1, 1, 1]);
    expect(facts.of('source.unscanned')).toEqual([]);
  });

  test.each(['*.log', './app.log'])('a file that was renamed is found by a relative path, too: %s', async (name) => {
    const paths = [`${relative(process.cwd(), logs)}/${name}`];
    write('app.log', 'one');
    follow(paths, { fromStart: true });
    await has('one');
    await leave();
    write('app.log', 'two');
    renameSync(at('app.log'), at('app.log.1'));
    follow(paths);
    await has('two');
  });

  test('what came meanwhile is read whole, if a pattern fits that was looked up before, whichever it is', async () => {
    write('app.log', 'old');
    follow([at('*.log')]);
    await seen();
    await leave();
    write('new.log', 'new');
    mkdirSync(at('deep'));
    write('deep/x.log', 'at first sight');
    follow([at('**/*.log'), at('*.log')]);
    await has('new');
    write('deep/x.log', 'later');
    await has('later');
    expect(['old', 'at first sight'].map(times)).toEqual([0, 0]);
  });
});

test.each(['', '.gz'])('a log that came while we were down and was rotated, too, is read whole (%s)', async (end) => {
  write('old.log', 'one');
  write('0.log.20251128-101010', 'never meant');
  follow([at('*.log')], { fromStart: true });
  await has('one');
  await leave();
  await pause(20); // The time of a file is told in steps of some milliseconds.
  write('0.log', 'two');
  const rotated = at(`0.log.20261128-101010${end}`);
  writeFileSync(rotated, end ? gzipSync(readFileSync(at('0.log'))) : readFileSync(at('0.log')));
  rmSync(at('0.log'));
  write('0.log', 'three');
  follow([at('*.log')], { fromStart: true });
  await has('two', 'three');
  expect(['one', 'two', 'three', 'never meant'].map(times)).toEqual([1, 1, 1, 0]);
});

describe('a file that may not be read after a restart', () => {
  const isRoot = process.getuid?.() === 0;
  const asRoot = (act: () => void): void => {
    if (isRoot) process.seteuid?.(0);
    act();
    if (isRoot) process.seteuid?.(65_534);
  };
  const unreadable = (): readonly number[] => facts.of('files.unreadable').map(({ files }) => files);
  const told = (name: string) =>
    eventually('it is said', () => facts.of('fault.raised').some(({ detail }) => detail?.endsWith(`/${name}: EACCES`)));
  /** Starts again, when there is something in it that was not read. */
  const bar = async (name: string): Promise<void> => {
    chmodSync(at(name), 0);
    write('other.log', 'three');
    for (const one of [dir, logs]) chmodSync(one, 0o777);
    asRoot(() => undefined);
    follow([at('*.log')]);
    await told(name);
    await has('three');
  };
  const move = async (name: string): Promise<void> => {
    await leave();
    write('app.log', 'two');
    if (name !== 'app.log') renameSync(at('app.log'), at(name));
  };

  beforeEach(async () => {
    write('app.log', 'one');
    follow([at('*.log')], { fromStart: true });
    await has('one');
  });
  afterEach(() => {
    if (isRoot) process.seteuid?.(0);
  });

  test.each(['app.log', 'app.log.1', 'kept'])('is not given up, but read on when it may be: %s', async (name) => {
    await move(name);
    await bar(name);
    await leave();
    facts = createFacts();
    follow([at('*.log')]);
    await told(name);
    await clock.sleep(300);
    expect(unreadable()).toEqual([1]);
    expect(facts.of('fault.raised')).toHaveLength(1);
    asRoot(() => chmodSync(at(name), 0o644));
    await has('two');
    await eventually('all can be read', () => unreadable().at(-1) === 0);
    expect(['one', 'two', 'three'].map(times)).toEqual([1, 1, 1]);
    expect(facts.of('source.unscanned')).toEqual([]);
  });

  test.each([false, true])('and goes away is said to be gone, once; another takes its name: %s', async (isTaken) => {
    await move('app.log.1');
    await bar('app.log.1');
    asRoot(() => {
      rmSync(at('app.log.1'));
      if (isTaken) write('app.log.1', 'another');
    });
    await eventually('all can be read', () => unreadable().at(-1) === 0);
    await eventually('it is dropped', () => rows() === 1);
    expect(facts.of('source.unscanned').map(({ reason }) => reason)).toEqual(['gone']);
  });

  test('because of its directory, is not given up either', async () => {
    await leave();
    write('app.log', 'two');
    renameSync(at('app.log'), at('app.log.1'));
    for (const one of [dir, logs]) chmodSync(one, one === dir ? 0o777 : isRoot ? 0o700 : 0);
    asRoot(() => undefined);
    follow([at('*.log')]);
    await told('logs');
    asRoot(() => chmodSync(logs, 0o755));
    await has('two');
    expect(['one', 'two'].map(times)).toEqual([1, 1]);
    expect(facts.of('source.unscanned')).toEqual([]);
  });

  test('though it had been read to its end: what was written to it since is read when it may be', async () => {
    renameSync(at('app.log'), at('app.log.1'));
    await eventually('it rests', () => resting() === 1);
    await leave();
    write('app.log.1', 'two');
    await bar('app.log.1');
    asRoot(() => chmodSync(at('app.log.1'), 0o644));
    await has('two');
    expect(['one', 'two', 'three'].map(times)).toEqual([1, 1, 1]);
  });
});

test('a name that is not UTF-8 cannot be read, which is said once', async () => {
  const odd = Buffer.concat([Buffer.from(`${logs}/b`), Buffer.of(0xff), Buffer.from('d.log')]);
  writeFileSync(odd, `${line('odd')}\n`);
  follow([at('*.log')], { fromStart: true });
  write('app.log', 'one');
  await has('one');
  write('app.log', 'two');
  await has('two');
  expect(facts.of('fault.raised')).toMatchObject([
    { code: 'source.unreadable', detail: expect.stringMatching(/EILSEQ$/) },
  ]);
  expect(facts.of('files.unreadable').map(({ files }) => files)).toEqual([1]);
  rmSync(odd);
  await eventually('it is gone', () => facts.of('source.unscanned').length === 1);
});

describe('of very many files that go away at once', () => {
  /** Reads of the whole process, from files and whatever else. */
  const reads = (): number => Number(/syscr: (\d+)/.exec(readFileSync('/proc/self/io', 'utf8'))?.[1]);
  const job = (i: number | string): string => `job.${i}.log`;
  const jobs = Array.from({ length: 400 }, (_, i) => job(i));

  test.each(['while we run', 'while we were down'])('each is looked for in as few reads as one: %s', async (when) => {
    for (const one of jobs) write(one, one);
    const how = { fromStart: true, mostOpen: 10, pollMs: 1_000 };
    follow([at('*.log')], how);
    await has(...jobs);
    if (when !== 'while we run') await leave();
    const before = reads();
    for (const one of jobs) rmSync(at(one));
    if (when !== 'while we run') follow([at('*.log')], how);
    const others = jobs.map((_, i) => job(`other ${i}`));
    for (const one of others) write(one, one);
    await has(...others);
    await eventually('they are let go', () => rows() - resting() === others.length);
    expect((reads() - before) / jobs.length).toBeLessThan(100);
    expect(others.map(times)).toEqual(others.map(() => 1));
  });

  test('and of many that are emptied at once', async () => {
    for (const one of jobs) write(one, one, 'more');
    follow([at('*.log')], { fromStart: true, mostOpen: 10, pollMs: 1_000 });
    await has(...jobs);
    const before = reads();
    for (const one of jobs) writeFileSync(at(one), `${line(`again ${one}`)}\n`);
    await has(...jobs.map((one) => `again ${one}`));
    expect((reads() - before) / jobs.length).toBeLessThan(100);
  });
});

describe('in a folder of very many files', () => {
  const here = (): number => readdirSync('/proc/self/fd').filter((fd) => linkOf(fd).startsWith(logs)).length;
  /** Fires when it was asked so often. */
  const stopAfter = (count: number): AbortSignal => {
    let asked = 0;
    return Object.defineProperty(new AbortController().signal, 'aborted', {
      get() {
        asked += 1;
        return asked > count;
      },
    });
  };

  test.each([0, 1, 3])(
    'a stop ends the look for files, and for the rest of one, at file %d; nothing stays open',
    async (count) => {
      for (const n of [1, 2, 3, 4, 5]) write(`app.log.${n}`, 'one');
      const { ino, dev, size } = statSync(at('app.log.1'));
      const head = hashOf(readFileSync(at('app.log.1')));
      const cursor = {
        dev: `${dev}`,
        ino: `${ino}0`,
        path: at('app.log'),
        place: at('app.log'),
        at: size,
        head,
        headLength: size,
        ...{ tail: '', writtenAt: 0n, rests: false, held: NONE },
      };
      await expect(lookUp([at('*.log.*')], stopAfter(count))).rejects.toThrow(GivenUp);
      await expect(findRest(cursor, createSiblings(stopAfter(count)))).rejects.toThrow(GivenUp);
      expect(here()).toBe(0);
      const never = new AbortController().signal;
      expect((await lookUp([at('*.log.*')], never)).files.length).toBe(5);
      const rest = await findRest(cursor, createSiblings(never));
      expect(rest?.kind).toBe('plain');
      if (rest?.kind === 'plain') await rest.file.handle.close();
    },
  );
});

test('copied and emptied, the copy found by the pattern too: nothing twice', async () => {
  write('app.log', 'one');
  follow([at('app.log*')], { fromStart: true });
  await has('one');
  copyFileSync(at('app.log'), at('app.log.1'));
  await eventually('the copy', () => rows() === 2);
  truncateSync(at('app.log'));
  write('app.log', 'two');
  await has('two');
  await leave();
  expect(['one', 'two'].map(times)).toEqual([1, 1]);
});

test('the cursors of before are taken over: what was read is not read again, what was not is', async () => {
  await store.close();
  write('app.log', 'one');
  const { ino, dev, size } = statSync(at('app.log'), { bigint: true });
  const head = createHash('sha256')
    .update(readFileSync(at('app.log')))
    .digest('hex');
  store = openStore(join(dir, 'db'), { reserveBytes: 0 });
  store.migrate(`create table followed_files (path text not null, dev text not null, ino text not null, at integer not null,
    head text not null, head_length integer not null, primary key (path, dev, ino)) without rowid`);
  const save = (...row: (string | bigint)[]) =>
    store.write((sql) => sql.run('insert into followed_files values (?, ?, ?, ?, ?, ?)', ...row));
  await save(at('app.log'), String(dev), String(ino), size, head, size);
  await save(at('other.log'), String(dev), String(ino), 0n, head, size);
  await save(at('app.log'), '-', '-', 0n, '', 0n);
  await save(at('other.log'), '-', '-', 0n, '', 0n);
  write('app.log', 'two');
  renameSync(at('app.log'), at('app.log.1'));
  write('app.log', 'three');
  write('other.log', 'four');
  follow([at('app.log'), at('other.log')]);
  await has('two', 'three', 'four');
  expect(sink.has(line('one'))).toBe(false);
  expect(store.read((sql) => sql.all("select name from sqlite_master where name = 'followed_files'"))).toEqual([]);
});

const docker = (text: string, stream = 'stdout'): string =>
  `${JSON.stringify({ log: text, stream, time: '2026-03-01T12:00:00.000000001Z' })}\n`;
const cri = (text: string, tag: 'P' | 'F', stream = 'stdout'): string =>
  `2026-03-01T12:00:00.000000001Z ${stream} ${tag} ${text}\n`;

describe('lines that a container runtime cut', () => {
  const KIB16 = 16 * 1024;
  /** Every place a border may have in and beside the key, another key for each. */
  const offsets = Array.from({ length: 47 }, (_, i) => i - 2);
  const cutAt = (offset: number): readonly [string, string] => {
    const text = `"token":"${key(`cut ${offset}`)}" \u00e9 `;
    const begin = 'x'.repeat(KIB16 - '"token":"'.length - offset);
    const whole = `${begin}${text}${'y'.repeat(300)} end`;
    return [whole.slice(0, KIB16), whole.slice(KIB16)];
  };
  /** Each whole key that was found; half of one may be told too, and is no key. */
  const whole = (): readonly string[] =>
    keys().filter((one) => [key('whole'), ...offsets.map((offset) => key(`cut ${offset}`))].includes(one));
  const expected = [...offsets.map((offset) => key(`cut ${offset}`)), key('whole')].sort();
  const shapes = {
    docker: (a: string, b: string) => [docker(a), docker('other\n', 'stderr'), docker(`${b}\n`)],
    cri: (a: string, b: string) => [cri(a, 'P'), cri('other', 'F', 'stderr'), cri(b, 'F')],
    'cri, in small parts': (a: string, b: string) => [
      ...[cri(a.slice(0, -5), 'P'), cri('err', 'P', 'stderr'), cri(a.slice(-5, -2), 'P'), cri(a.slice(-2), 'P')],
      ...[cri(b.slice(0, 1), 'P'), cri(b.slice(1, 30), 'P'), cri('or', 'F', 'stderr'), cri(b.slice(30), 'F')],
    ],
  };

  test.each(Object.keys(shapes) as (keyof typeof shapes)[])(
    '%s: a key is found once wherever it was cut, and what is whole is not told twice',
    async (shape) => {
      const first = shape === 'docker' ? docker(`whole ${key('whole')}\n`) : cri(`whole ${key('whole')}`, 'F');
      const text = [first, ...offsets.flatMap((offset) => shapes[shape](...cutAt(offset)))].join('');
      writeFileSync(at('app.log'), text);
      follow([at('app.log')], { fromStart: true });
      await eventually('all of it', () => whole().length >= expected.length, 5_000).catch(() => undefined);
      await leave();
      expect(whole().toSorted()).toEqual(expected);
    },
  );

  test.each(['docker', 'cri'] as const)('%s: the other half comes later, or after a restart', async (shape) => {
    const other = 'z'.repeat(1_000);
    const [a, b] = cutAt(20);
    const [c, d] = cutAt(21);
    const [first = '', ...rest] = shapes[shape](a, b);
    const [again = '', ...after] = shapes[shape](c, d);
    writeFileSync(at('app.log'), shape === 'docker' ? docker(`${other}\n`) : cri(other, 'F'));
    follow([at('app.log')], { fromStart: true });
    const taken = (text: string) => eventually('it is read', () => sink.has(text.slice(0, 16_000)));
    await taken(other);
    appendFileSync(at('app.log'), first);
    await taken(first);
    appendFileSync(at('app.log'), rest.join(''));
    await eventually('the key', () => keys().includes(key('cut 20')));
    appendFileSync(at('app.log'), again);
    const isSaved = () => {
      const row = store.read((sql) => sql.get('select at from log_files'));
      return row?.['at'] === statSync(at('app.log')).size;
    };
    await eventually('it is durable', isSaved);
    await leave();
    appendFileSync(at('app.log'), after.join(''));
    follow([at('app.log')]);
    await eventually('the key', () => keys().includes(key('cut 21')));
    expect(whole().toSorted()).toEqual([key('cut 20'), key('cut 21')].sort());
  });
});

describe('a line that a container runtime cut where it turned its file', () => {
  const shapes = {
    docker: (a: string, b: string) => [docker(a), docker('other\n', 'stderr') + docker(`${b}\n`)],
    cri: (a: string, b: string) => [cri(a, 'P'), cri('other', 'F', 'stderr') + cri(b, 'F')],
    'cri, in small parts': (a: string, b: string) => [
      cri(a.slice(0, -3), 'P') + cri(a.slice(-3), 'P'),
      cri(b.slice(0, 9), 'P') + cri(b.slice(9), 'F'),
    ],
  };
  const cut = (seed: string): readonly [string, string] => {
    const whole = `${'words '.repeat(2_700)} token=${key(seed)} ${'more '.repeat(50)}`;
    const middle = whole.indexOf(key(seed)) + 20;
    return [whole.slice(0, middle), whole.slice(middle)];
  };
  const turn = (to: string, text: string): void => {
    renameSync(at('app.log'), at(to));
    writeFileSync(at('app.log'), text);
  };
  const isSaved = () => {
    const { ino, size } = statSync(at('app.log'));
    return store.read((sql) => sql.get('select at from log_files where ino = ?', String(ino)))?.['at'] === size;
  };

  test.each(Object.keys(shapes) as (keyof typeof shapes)[])(
    '%s: its key is found, at once and after a restart, once',
    async (shape) => {
      const [first = '', second = ''] = shapes[shape](...cut('at once'));
      const [third = '', fourth = ''] = shapes[shape](...cut('down'));
      writeFileSync(at('app.log.2'), cri('older', 'P'));
      utimesSync(at('app.log.2'), 60, 60);
      writeFileSync(at('app.log'), first);
      follow([at('app.log')], { fromStart: true });
      await eventually('it is durable', isSaved);
      turn('app.log.1', second);
      const has = (seed: string) => eventually(`the key ${seed}`, () => keys().includes(key(seed)));
      await has('at once');
      appendFileSync(at('app.log'), third);
      await eventually('it is durable', isSaved);
      await leave();
      turn('app.log.0', fourth);
      follow([at('app.log')]);
      await has('down');
      const whole = keys().filter((one) => [key('at once'), key('down')].includes(one));
      expect(whole).toEqual([key('at once'), key('down')]);
    },
  );
});

test('a key tells where it stood: the path says whose log it is, and the line is what was looked into', async () => {
  const id = '0123456789ab'.repeat(6).slice(0, 64);
  const places = {
    [`pods/shop_web-1_${crypto.randomUUID()}/app/0.log`]: { namespace: 'shop', pod: 'web-1', container: 'app' },
    [`containers/web-2_shop_app-${id}.log`]: { namespace: 'shop', pod: 'web-2', container: 'app' },
    [`containers/${id}/${id}-json.log`]: { container: id.slice(0, 12) },
  };
  for (const [i, name] of Object.keys(places).entries()) {
    mkdirSync(dirname(at(name)), { recursive: true });
    writeFileSync(at(name), cri(`${'x'.repeat(300_000)} token=${key(`place ${i}`)}`, 'F'));
  }
  follow([at('**/*.log')], { fromStart: true });
  await eventually('all', () => found.length === 3);
  const told = Object.fromEntries(found.map(({ origin }) => [origin.locator.slice(logs.length + 1), origin.log]));
  for (const [name, place] of Object.entries(places)) expect(told[name]).toMatchObject(place);
});

test('a line that was written without a year tells its time, however long ago that was', async () => {
  const month = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
  const then = new Date(Date.now() - 300 * 24 * 60 * 60 * 1_000);
  const day = String(then.getUTCDate()).padStart(2);
  writeFileSync(at('messages'), `${month[then.getUTCMonth()]} ${day} 03:04:05 web-1 shop[1]: ${key('old')}\n`);
  follow([at('messages')], { fromStart: true });
  await eventually('it', () => found.length === 1);
  const time = then.setUTCHours(3, 4, 5, 0);
  expect(found[0]?.origin.log).toEqual({ host: 'web-1', service: 'shop', time });
});

test("journald's export, binary fields too, is scanned as it stands", async () => {
  const value = Buffer.from(`line one\ntoken=${key('binary')}\nline three`);
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(value.length));
  const entry = (message: Buffer): Buffer =>
    Buffer.concat([Buffer.from('__CURSOR=s=1\n_HOSTNAME=web-1\n'), message, Buffer.from('\n\n')]);
  const binary = Buffer.concat([Buffer.from('MESSAGE\n'), size, value]);
  writeFileSync(at('export'), Buffer.concat([entry(Buffer.from(`MESSAGE=token=${key('text')}`)), entry(binary)]));
  follow([at('export')], { fromStart: true });
  await eventually('both', () => found.length === 2);
  expect(keys()).toEqual([key('text'), key('binary')]);
});

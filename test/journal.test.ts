import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { copyFile, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { digest, type JournalRecord } from '../src/record/journal-line.ts';
import { readJournal, verifyJournal } from '../src/record/journal-verify.ts';
import { linesOf, openTestJournal, testMetrics } from './support/journal.ts';

let folder = '';
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'keyfuse-')), 'audit');
});
afterEach(() => rmSync(join(folder, '..'), { recursive: true }));

const all = async (at = folder): Promise<JournalRecord[]> => {
  const records = [];
  for await (const record of readJournal(at)) records.push(record);
  return records;
};

const written = async (count: number, segmentBytes = 1_000_000): Promise<void> => {
  const journal = await openTestJournal(folder, { segmentBytes });
  for (let n = 1; n <= count; n += 1) {
    await journal.append({ what: 'key.judged', incident: `inc_${n}`, result: 'live', why: { detail: `record ${n}` } });
  }
  await journal.close();
};

const rewrite = (change: (lines: string[]) => readonly string[], file = 'journal.jsonl'): void =>
  writeFileSync(join(folder, file), `${change(linesOf(folder, file)).join('\n')}\n`);

describe('the chain', () => {
  test('each line carries the hash of the line before, the first one zeros', async () => {
    await written(3);
    const lines = linesOf(folder);
    const records = await all();
    expect(records.map(({ what }) => what)).toEqual([
      'log.opened',
      'key.judged',
      'key.judged',
      'key.judged',
      'log.closed',
    ]);
    expect(records.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5]);
    expect(records.map(({ prev }) => prev)).toEqual([
      '0'.repeat(64),
      ...lines.slice(0, -1).map((line) => digest(Buffer.from(line))),
    ]);
    expect(await verifyJournal(folder)).toEqual({
      ok: true,
      records: 5,
      gaps: [],
      head: { seq: 5, hash: digest(Buffer.from(lines.at(-1) ?? '')) },
    });
  });

  test('only the owner may read it', async () => {
    await written(1);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    for (const file of ['journal.jsonl', 'journal.head']) expect(statSync(join(folder, file)).mode & 0o777).toBe(0o600);
  });

  test('goes on after a restart', async () => {
    await written(2);
    await written(2);
    expect(await verifyJournal(folder)).toMatchObject({ ok: true, records: 8 });
    expect((await all()).map(({ what }) => what).slice(3, 5)).toEqual(['log.closed', 'log.opened']);
  });

  test('goes on over segments; each says what it continues', async () => {
    await written(40, 2000);
    const records = await all();
    const rotated = records.filter(({ what }) => what === 'log.rotated');
    expect(rotated.length).toBeGreaterThan(3);
    const second = linesOf(folder, 'journal-000001.jsonl');
    expect(rotated[0]?.previous).toEqual({
      file: 'journal-000001.jsonl',
      records: second.length,
      last: digest(Buffer.from(second.at(-1) ?? '')),
    });
    expect(await verifyJournal(folder)).toMatchObject({ ok: true, records: records.length });
  });

  test('keeps the order in which things were said', async () => {
    const journal = await openTestJournal(folder);
    const names = Array.from({ length: 2000 }, (_, n) => `inc_${n}`);
    await Promise.all(names.map((incident) => journal.append({ what: 'key.decided', incident })));
    await journal.close();
    expect((await all()).flatMap(({ incident }) => incident ?? [])).toEqual(names);
  });

  test('many records share one sync', async () => {
    const metrics = testMetrics();
    const journal = await openTestJournal(folder, { metrics });
    await Promise.all(Array.from({ length: 400 }, () => journal.append({ what: 'key.decided' })));
    await journal.close();
    const { body } = await metrics.scrape();
    expect(body).toMatch(/^keyfuse_audit_records_total 401$/m);
    expect(Number(/^keyfuse_audit_fsync_seconds_count (\d+)$/m.exec(body)?.[1])).toBeLessThan(10);
  });

  test('strangers’ text is bounded, visible and scrubbed', async () => {
    const journal = await openTestJournal(folder, { scrub: (text) => text.replace('hunter2', '[secret]') });
    await journal.append({ what: 'key.judged', why: { locator: `a\nb\u202e hunter2${'/x'.repeat(1000)}` } });
    await journal.close();
    const locator = (await all())[1]?.why?.locator ?? '';
    expect(locator).toMatch(/^a\?b\? \[secret\](\/x)+\/…$/);
    expect(locator).toHaveLength(511);
  });

  test('an entry of no known shape is refused and the chain goes on', async () => {
    const journal = await openTestJournal(folder);
    const odd = { what: 'key.judged', colour: 'blue' } as const;
    await expect(journal.append(odd)).rejects.toThrow('journal.blocked');
    await journal.append({ what: 'key.judged' });
    await journal.close();
    expect(await verifyJournal(folder)).toMatchObject({ ok: true, records: 3 });
  });
});

describe('tampering is named', () => {
  const line = 8;
  const at = line - 1;
  const cases: readonly (readonly [string, (lines: string[]) => readonly string[], number])[] = [
    ['a letter of a record is changed', (it) => it.with(at, (it[at] ?? '').replace('live', 'dead')), line],
    ['the link of a record is changed', (it) => it.with(at, (it[at] ?? '').replace(/"prev":"./, '"prev":"_')), line],
    [
      'the link is changed to another hash',
      (it) => it.with(at, (it[at] ?? '').replace(/"prev":"\w{64}/, `"prev":"${'a'.repeat(64)}`)),
      line,
    ],
    ['a record is deleted', (it) => it.toSpliced(at, 1), line],
    ['two records are swapped', (it) => it.with(at, it[at + 1] ?? '').with(at + 1, it[at] ?? ''), line],
    ['a record is doubled', (it) => it.toSpliced(at, 0, it[at] ?? ''), line + 1],
    ['a record is cut', (it) => it.with(at, (it[at] ?? '').slice(0, 60)), line],
    ['a field is added', (it) => it.with(at, (it[at] ?? '').replace('{', '{"extra":1,')), line],
    ['a line of something else is put in', (it) => it.toSpliced(at, 0, 'hello'), line],
    ['the first record is changed', (it) => it.with(0, (it[0] ?? '').replace('test', 'tess')), 1],
    ['the first record is deleted', (it) => it.slice(1), 1],
    ['the last record is changed', (it) => it.with(-1, (it.at(-1) ?? '').replace('test', 'tess')), 22],
    ['the last record is deleted', (it) => it.slice(0, -1), 21],
    ['the last ten records are deleted', (it) => it.slice(0, -10), 12],
  ];
  test.each(cases)('%s', async (_, change, named) => {
    await written(20);
    rewrite(change);
    const { ok, firstBad } = await verifyJournal(folder);
    expect({ ok, file: firstBad?.file, line: firstBad?.line }).toEqual({
      ok: false,
      file: 'journal.jsonl',
      line: named,
    });
  });

  test('every single line, edited alone, is named', async () => {
    await written(6);
    const before = linesOf(folder);
    for (const [index, text] of before.entries()) {
      rewrite(() => before.with(index, text.replace('0.0.0', '0.0.1')));
      expect((await verifyJournal(folder)).firstBad?.line).toBe(index + 1);
    }
  });

  test('every byte counts: 60 random ones, flipped one at a time', async () => {
    await written(6);
    const path = join(folder, 'journal.jsonl');
    const good = readFileSync(path);
    for (let n = 0; n < 60; n += 1) {
      const changed = Buffer.from(good);
      const place = Math.floor(Math.random() * good.length);
      changed[place] = (changed[place] ?? 0) ^ 1;
      writeFileSync(path, changed);
      expect({ place, ok: (await verifyJournal(folder)).ok }).toEqual({ place, ok: false });
    }
  });

  test('a cut in the middle of the last line', async () => {
    await written(5);
    const path = join(folder, 'journal.jsonl');
    writeFileSync(path, readFileSync(path).subarray(0, -20));
    expect(await verifyJournal(folder)).toMatchObject({ ok: false, firstBad: { line: 7, why: 'unfinished' } });
  });

  test('a whole segment is deleted, or everything is', async () => {
    await written(40, 2000);
    rmSync(join(folder, 'journal-000002.jsonl'));
    expect(await verifyJournal(folder)).toMatchObject({
      ok: false,
      firstBad: { file: 'journal-000003.jsonl', line: 1 },
    });
    rmSync(folder, { recursive: true });
    await mkdir(folder);
    expect(await verifyJournal(folder)).toMatchObject({ ok: false, records: 0, firstBad: { file: 'journal.head' } });
  });

  test('a restart does not wash it off', async () => {
    await written(20);
    rewrite((it) => it.with(7, (it[7] ?? '').replace('live', 'dead')));
    await written(1);
    expect(await verifyJournal(folder)).toMatchObject({
      ok: false,
      firstBad: { file: 'journal-000001.jsonl', line: 8 },
    });
    expect((await all()).at(-1)?.what).toBe('log.closed');
  });

  test.each([
    ['changed', (it: string[]) => it.with(-1, (it.at(-1) ?? '').replace('test', 'tess')), 'declares a loss: changed'],
    ['deleted', (it: string[]) => it.slice(0, -2), 'declares a loss: missing'],
  ])('a tail that was %s before a restart is declared as a loss', async (_, change, why) => {
    await written(5);
    rewrite(change);
    await written(1);
    expect(await verifyJournal(folder)).toMatchObject({ ok: false, firstBad: { why } });
  });
});

describe('a torn tail', () => {
  test('is cut at start and declared with its size and hash', async () => {
    await written(3);
    const path = join(folder, 'journal.jsonl');
    const torn = Buffer.from('{"v":1,"seq":6,"prev":"00');
    writeFileSync(path, torn, { flag: 'a' });
    await written(0);
    const gap = { file: 'journal.jsonl', why: 'torn tail', bytes: torn.length, sha256: digest(torn) };
    expect((await all())[5]).toMatchObject({ what: 'gap.declared', gap });
    expect(await verifyJournal(folder)).toMatchObject({ ok: true, gaps: [{ seq: 6, ...gap }] });
    expect(readFileSync(path, 'utf8')).not.toContain(torn.toString());
  });

  test('of nothing but a torn first line', async () => {
    await mkdir(folder);
    writeFileSync(join(folder, 'journal.jsonl'), '{"v":');
    await written(1);
    expect(await verifyJournal(folder)).toMatchObject({ ok: true, gaps: [{ why: 'torn tail', bytes: 5 }] });
  });

  test('between two segments a crash leaves no current one', async () => {
    await written(5);
    await copyFile(join(folder, 'journal.jsonl'), join(folder, 'journal-000001.jsonl'));
    rmSync(join(folder, 'journal.jsonl'));
    writeFileSync(join(folder, 'journal.next'), '{"v":1,');
    await written(1);
    expect((await all())[7]).toMatchObject({
      what: 'log.rotated',
      previous: { file: 'journal-000001.jsonl', records: 7 },
    });
    expect(await verifyJournal(folder)).toMatchObject({ ok: true, gaps: [] });
  });
});

describe('one writer', () => {
  test('a second one is refused, until the first is gone', async () => {
    const first = await openTestJournal(folder);
    await expect(openTestJournal(folder)).rejects.toMatchObject({ code: 'journal.locked' });
    await first.append({ what: 'key.judged' });
    await first.close();
    await (await openTestJournal(folder)).close();
    expect(await verifyJournal(folder)).toMatchObject({ ok: true, records: 5 });
  });

  test('a check beside the writer never cries wolf', async () => {
    const journal = await openTestJournal(folder, { segmentBytes: 50_000 });
    let more = true;
    const writing = (async () => {
      while (more) await Promise.all(Array.from({ length: 20 }, () => journal.append({ what: 'key.judged' })));
    })();
    const checks = [];
    for (let n = 0; n < 25; n += 1) checks.push(await verifyJournal(folder));
    more = false;
    await writing;
    await journal.close();
    expect(checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(checks.at(-1)?.records).toBeGreaterThan(checks[0]?.records ?? 0);
  });
});

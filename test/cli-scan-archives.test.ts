import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, describe, expect, test } from '@jest/globals';
import { zipSync } from 'fflate';
import { packTar } from 'modern-tar';
import { sample } from '../src/core/sample.ts';
import { unpack } from '../src/sources/unpack.ts';
import { type UnpackLimits, unpackLimits } from '../src/sources/unpack-budget.ts';
import { runScan, scratch } from './support/scan-run.ts';
import { zstdFrames } from './support/zstd.ts';

const { at, remove } = scratch('scan-archives');
afterAll(remove);

const key = (seed: string): string => `sk_${sample(`archives ${seed}`, 43)}`;
const put = (name: string, bytes: Uint8Array): string => {
  writeFileSync(at(name), bytes);
  return at(name);
};
/** Text that does not pack well. */
const noise = (seed: string, bytes: number): string =>
  Array.from({ length: bytes / 64 }, (_, n) => createHash('sha256').update(`${seed} ${n}`).digest('hex')).join('\n');

const text = `first\n  k=${key('one')}\n`;
const zip = (files: Record<string, Uint8Array | string>, level: 0 | 6 = 6): Buffer =>
  Buffer.from(
    zipSync(Object.fromEntries(Object.entries(files).map(([name, bytes]) => [name, Buffer.from(bytes)])), { level }),
  );
const tar = async (files: Record<string, Uint8Array | string>): Promise<Buffer> =>
  Buffer.from(
    await packTar(
      Object.entries(files).map(([name, body]) => ({ header: { name, size: Buffer.from(body).length }, body })),
    ),
  );

const located = { offset: 10, length: 46, line: 2, column: 5 };

describe('archives', () => {
  test.each<[string, () => Buffer | Promise<Buffer>, readonly [inside: string, ...via: string[]]]>([
    ['x.gz', () => gzipSync(text), ['', 'gzip']],
    ['x.zst', () => zstdCompressSync(text), ['', 'zstd']],
    ['three frames.zst', () => zstdFrames(text), ['', 'zstd']],
    ['two members.gz', () => Buffer.concat([gzipSync('first\n  '), gzipSync(text.slice(8))]), ['', 'gzip']],
    ['x.zip', () => zip({ 'in/a.txt': text }), ['!/in/a.txt', 'zip']],
    ['stored.jar', () => zip({ 'in/a.txt': text }, 0), ['!/in/a.txt', 'zip']],
    ['x.tar', () => tar({ 'in/a.txt': text }), ['!/in/a.txt', 'tar']],
    ['x.tgz', async () => gzipSync(await tar({ 'b/c': text })), ['!/b/c', 'gzip', 'tar']],
    ['x.tar.zst', async () => zstdCompressSync(await tar({ 'b/c': text })), ['!/b/c', 'zstd', 'tar']],
    ['in.zip', async () => zip({ 'a.tgz': gzipSync(await tar({ c: text })) }), ['!/a.tgz!/c', 'zip', 'gzip', 'tar']],
    [`long.tar`, () => tar({ [`${'d/'.repeat(150)}e`]: text }), [`!/${'d/'.repeat(150)}e`, 'tar']],
  ])('%s: named and placed as what was packed', async (name, pack, [inside, ...via]) => {
    const file = put(name, await pack());
    const { findings, exit, err } = await runScan([file]);
    expect([exit, err]).toEqual([1, '']);
    expect(findings()).toMatchObject([{ file: `${file}${inside}`, via, ...located }]);
  });

  test('by their first bytes, whatever the name; on standard input too; a text about tar is none', async () => {
    expect((await runScan([put('no-name', gzipSync(text))])).findings()).toMatchObject([{ via: ['gzip'], ...located }]);
    const piped = await runScan(['-'], { input: zip({ a: text }) });
    expect(piped.findings()).toMatchObject([{ file: '-!/a', via: ['zip'], ...located }]);
    const like = put('like.tar', Buffer.from(`${'x'.repeat(257)}ustar ${'y'.repeat(300)} ${key('like')}`));
    expect((await runScan([like])).findings()).toMatchObject([{ file: like, via: [] }]);
  });

  test('every member, across the borders of what is read at once', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 200 }, (_, n) => [`f${n}`, `${noise(`${n}`, 640)} ${key(`m${n}`)}`]),
    );
    for (const [name, bytes] of [
      ['many.zip', zip(files)],
      ['many.tgz', gzipSync(await tar(files))],
    ] as const) {
      const { findings } = await runScan([put(name, bytes)]);
      const names = findings().map(({ file }) => file.split('!/')[1]);
      expect(names.sort()).toEqual(Object.keys(files).sort());
    }
  });

  test('a broken one: what can be read is scanned, the rest told, in the exit code too', async () => {
    const long = `${key('early')} ${noise('long', 400_000)} ${key('late')}`;
    const cut = (bytes: Buffer): Buffer => bytes.subarray(0, bytes.length - 2_000);
    for (const [name, bytes] of [
      ['cut.gz', cut(gzipSync(long))],
      ['cut.zst', cut(zstdCompressSync(long))],
      ['cut.zip', cut(zip({ a: long }))],
      ['cut.tar', cut(await tar({ a: long }))],
      ['cut.tgz', cut(gzipSync(await tar({ a: long })))],
    ] as const) {
      const { findings, err, exit } = await runScan([put(name, bytes)]);
      expect([name, exit, findings().length]).toEqual([name, 1, 1]);
      expect(err).toMatch(/cut\.\w+(!\/a)? could not be read \((damaged|tar is cut)/);
    }
    const calm = put('calm.gz', gzipSync(noise('calm', 6_400)).subarray(0, -9));
    expect((await runScan([calm])).exit).toBe(2);
  });

  test('a broken member hides no other', async () => {
    const inner = gzipSync(noise('inner', 64_000)).subarray(0, 9_000);
    const { findings, err } = await runScan([put('one-broken.zip', zip({ 'a.gz': inner, b: text }))]);
    expect(findings()).toMatchObject([{ file: at('one-broken.zip!/b') }]);
    expect(err).toContain(`${at('one-broken.zip!/a.gz')} could not be read (damaged or cut off gzip)`);
  });
});

describe('bombs', () => {
  const scanWith = async (bytes: Buffer, limits: Partial<UnpackLimits>) => {
    const unread: string[] = [];
    let size = 0;
    const one = async function* () {
      yield bytes;
    };
    const needs = { limits: { ...unpackLimits, ...limits }, unread: (file: string) => unread.push(file) };
    const parts = async () => {
      for await (const part of unpack({ file: 'x', via: [], bytes: one() }, needs))
        for await (const piece of part.bytes) size += piece.length;
    };
    return {
      failed: await parts().then(
        () => '',
        ({ message }: Error) => message,
      ),
      size,
      unread,
    };
  };
  const zeros = gzipSync(Buffer.alloc(32 * 2 ** 20));

  test('too many bytes, too great a ratio, too many members: bounded and told', async () => {
    const bytes = await scanWith(zeros, { bytes: 2 ** 20 });
    expect(bytes.failed).toContain('more than 1048576 bytes');
    expect(bytes.size).toBeLessThan(20 * 2 ** 20);
    const ratio = await scanWith(zeros, { ratio: 100, ratioFrom: 2 ** 20 });
    expect(ratio.failed).toContain('100 times its size');
    const members = await scanWith(zip({ a: '1', b: '2', c: '3' }), { members: 2 });
    expect(members.failed).toContain('more than 2 members');
    expect((await scanWith(zip({ a: zeros }), { bytes: 2 ** 20 })).failed).toContain('more than 1048576 bytes');
  });

  test('archives in archives: four deep, and no deeper', async () => {
    const nested = (depth: number): Buffer => (depth === 0 ? Buffer.from(text) : gzipSync(nested(depth - 1)));
    expect((await runScan([put('four', nested(4))])).findings()).toMatchObject([{ via: Array(4).fill('gzip') }]);
    const five = await runScan([put('five', nested(5))]);
    expect(five).toMatchObject({ exit: 2, err: expect.stringContaining('more than 4 deep') });
  });
});

import { gzipSync, zstdCompressSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { zipSync } from 'fflate';
import { packTar } from 'modern-tar';
import { unpack } from '../src/sources/unpack.ts';
import { isBroken, unpackLimits } from '../src/sources/unpack-budget.ts';
import { inflate } from '../src/sources/unpack-inflate.ts';

async function* one(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

test('a gzip whose checksum is wrong ends, and says so', async () => {
  const bytes = gzipSync(Buffer.from('a line that is packed\n'.repeat(2_000)));
  bytes.writeUInt32LE(0x12345678, bytes.length - 8);
  const read = async (): Promise<void> => {
    for await (const _ of inflate('gzip', one(bytes)));
  };
  await expect(read()).rejects.toThrow('damaged or cut off gzip');
}, 10_000);

const KEY = 'what-is-hidden';
const hidden = Buffer.from(KEY);
const zip = (files: Record<string, string>, level: 0 | 6 = 6): Buffer =>
  Buffer.from(
    zipSync(Object.fromEntries(Object.entries(files).map(([name, text]) => [name, Buffer.from(text)])), { level }),
  );
const innocent = zip({ 'a.txt': 'innocent '.repeat(40), 'b.txt': 'too' });
const second = innocent.indexOf('PK\x03\x04', 4, 'latin1');
const patched = (bytes: Buffer, change: (bytes: Buffer) => void): Buffer => {
  const copy = Buffer.from(bytes);
  change(copy);
  return copy;
};

/** Is the word in what is read, standing alone; and is anything told. */
const readAll = async (bytes: Buffer, piece: number) => {
  const told: string[] = [];
  const texts: string[] = [];
  const pieces = async function* (): AsyncGenerator<Buffer> {
    for (let at = 0; at < bytes.length; at += piece) yield bytes.subarray(at, at + piece);
  };
  const tell = (error: unknown): void => {
    if (!isBroken(error)) throw error;
    told.push(error.message);
  };
  const parts = unpack(
    { file: 'x', via: [], bytes: pieces() },
    { limits: unpackLimits, unread: (_, why) => told.push(why) },
  );
  const readPart = async (part: AsyncIterable<Buffer>): Promise<void> => {
    const at = texts.push('') - 1;
    for await (const bytes of part) texts[at] += bytes.toString('latin1');
  };
  try {
    for await (const part of parts) await readPart(part.bytes).catch(tell);
  } catch (error) {
    tell(error);
  }
  return { found: texts.some((text) => new RegExp(`(?<!\\w)${KEY}(?!\\w)`).test(text)), told: told.length > 0 };
};

test.each<[string, () => Buffer | Promise<Buffer>, 'clean' | 'told']>([
  ['text that begins like a zip', () => Buffer.from(`PK\x03\x04 my notes\n${KEY}\n`), 'told'],
  ['long text that begins so', () => Buffer.from(`PK\x03\x04 ${'my notes\n'.repeat(20_000)}${KEY}\n`), 'told'],
  ['text that begins like a gzip', () => Buffer.concat([Buffer.from([31, 139, 8, 255]), hidden]), 'told'],
  ['behind a zip', () => Buffer.concat([innocent, hidden]), 'told'],
  [
    'between the members of a zip',
    () => Buffer.concat([innocent.subarray(0, second), hidden, innocent.subarray(second)]),
    'told',
  ],
  [
    'beside the signatures of an Android package',
    () => {
      const at = innocent.indexOf('PK\x01\x02', 0, 'latin1');
      return Buffer.concat([innocent.subarray(0, at), Buffer.from(`${KEY} APK Sig Block 42`), innocent.subarray(at)]);
    },
    'clean',
  ],
  ['a zip behind a zip', () => Buffer.concat([innocent, zip({ b: KEY })]), 'clean'],
  [
    'the comment of a zip',
    () => patched(Buffer.concat([innocent, hidden]), (b) => b.writeUInt16LE(KEY.length, innocent.length - 2)),
    'clean',
  ],
  ['the name of a member', () => zip({ [KEY]: 'innocent', b: 'b' }), 'clean'],
  ['the name of an empty member', () => zip({ [KEY]: '' }), 'clean'],
  [
    'the name of a file in a tar',
    async () => Buffer.from(await packTar([{ header: { name: KEY, size: 1 }, body: 'x' }])),
    'clean',
  ],
  ['a wrong length of a name', () => patched(zip({ a: `\n${KEY}\n` }, 0), (b) => b.writeUInt16LE(60_000, 26)), 'told'],
  ['a method nobody knows', () => patched(zip({ a: KEY }, 0), (b) => b.writeUInt16LE(12, 8)), 'told'],
  [
    'text where a packed file should be',
    () => patched(zip({ a: `\xff ${KEY}` }, 0), (b) => b.writeUInt16LE(8, 8)),
    'told',
  ],
  [
    'a zip behind other gzips and zeros',
    () => Buffer.concat([gzipSync('i\n'), Buffer.alloc(900), gzipSync(KEY)]),
    'clean',
  ],
  ['behind a gzip', () => Buffer.concat([gzipSync('innocent'), hidden]), 'told'],
  ['a second zstd', () => Buffer.concat([zstdCompressSync('i\n'), zstdCompressSync(KEY)]), 'clean'],
  ['behind a zstd', () => Buffer.concat([zstdCompressSync('innocent'), hidden]), 'told'],
])('nothing hides: %s', async (_, make, told) => {
  const bytes = await make();
  for (const piece of [Number.POSITIVE_INFINITY, 1_000, 3])
    expect(await readAll(bytes, piece)).toEqual({ found: true, told: told === 'told' });
});

test('a zip that is cut anywhere is told', async () => {
  for (let end = 4; end < innocent.length; end += 1)
    expect([end, (await readAll(innocent.subarray(0, end), 1_000)).told]).toEqual([end, true]);
});

test('a zip of nothing but marks, or headers, is given up, and holds nobody up meanwhile', async () => {
  const limits = { ...unpackLimits, members: 2_000 };
  const header = Buffer.alloc(30);
  header.write('PK\x03\x04', 'latin1');
  for (const unit of [Buffer.from('PK\x03\x04'), Buffer.from('PK\x07\x08'), header]) {
    const bytes = Buffer.concat([innocent, ...Array.from({ length: 200_000 }, () => unit)]);
    let [turns, going] = [0, true];
    const count = (): void => {
      turns += 1;
      if (going) setImmediate(count);
    };
    count();
    const read = async (): Promise<void> => {
      for await (const part of unpack({ file: 'x', via: [], bytes: one(bytes) }, { limits, unread: () => undefined }))
        for await (const _ of part.bytes);
    };
    await expect(read()).rejects.toMatchObject({ broken: 'whole', message: 'more than 6000 parts' });
    going = false;
    expect(turns).toBeGreaterThan(20);
  }
});

test('what is kept of a zip is little, however large the pieces are that it comes in', async () => {
  const members = Object.fromEntries(Array.from({ length: 400 }, (_, n) => [`${n}.bin`, 'x'.repeat(64 * 1024)]));
  const bytes = zip(members, 0);
  const kept = new Set<ArrayBufferLike>();
  const pieces = async function* (): AsyncGenerator<Buffer> {
    for (let at = 0; at < bytes.length; at += 64 * 1024) yield Buffer.from(bytes.subarray(at, at + 64 * 1024));
  };
  const parts = unpack({ file: 'x', via: [], bytes: pieces() }, { limits: unpackLimits, unread: () => undefined });
  for await (const part of parts) for await (const { buffer } of part.bytes) if (part.file === 'x!/') kept.add(buffer);
  const size = [...kept].reduce((sum, { byteLength }) => sum + byteLength, 0);
  expect(size).toBeGreaterThan(400 * 30);
  expect(size).toBeLessThan(400 * 500);
});

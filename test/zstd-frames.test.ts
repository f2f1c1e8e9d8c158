import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createZstdCutter } from '../src/core/zstd-frames.ts';
import { zstdFrames } from './support/zstd.ts';

/** A frame with or without a checksum and a size, of one block or many, alike or not. */
const frame = fc
  .tuple(fc.boolean(), fc.boolean(), fc.nat(400_000), fc.boolean())
  .map(([checksum, size, length, alike]) => {
    const text = alike ? 'x'.repeat(length) : Array.from({ length: length / 8 }, (_, i) => i * 7919).join(' ');
    const params = {
      [constants.ZSTD_c_checksumFlag]: Number(checksum),
      [constants.ZSTD_c_contentSizeFlag]: Number(size),
    };
    return zstdCompressSync(text, { params });
  });
const passedOver = fc.tuple(fc.nat(15), fc.uint8Array({ maxLength: 40 })).map(([kind, content]) => {
  const head = Buffer.alloc(8);
  head.writeUInt32LE(0x184d2a50 + kind, 0);
  head.writeUInt32LE(content.length, 4);
  return Buffer.concat([head, content]);
});

/** The bytes in chunks of these lengths, in turn; of the last one again and again. */
const chunked = (bytes: Buffer, lengths: readonly number[]): readonly Buffer[] => {
  const chunks: Buffer[] = [];
  for (let at = 0, n = 0; at < bytes.length; n += 1) {
    const length = lengths[n] ?? 10_000;
    chunks.push(bytes.subarray(at, at + length));
    at += length;
  }
  return chunks;
};

test('is cut behind each frame, and nowhere but there and where it came in pieces', () => {
  const frames = fc.array(fc.oneof(frame, passedOver), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(frames, fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 200 }), (all, lengths) => {
      const bytes = Buffer.concat(all);
      const chunks = chunked(bytes, lengths);
      const cut = createZstdCutter();
      const parts = chunks.flatMap((chunk) => cut(chunk));
      expect(Buffer.concat(parts).equals(bytes)).toBe(true);
      const ends = (pieces: readonly Buffer[]): Set<number> => {
        let at = 0;
        return new Set(pieces.map(({ length }) => (at += length)));
      };
      expect(ends(parts)).toEqual(new Set([...ends(chunks), ...ends(all)]));
    }),
    { numRuns: 60 },
  );
});

test('what is no zstd is not cut, wherever it stands', () => {
  const other = Buffer.from('no zstd at all');
  expect(createZstdCutter()(other)).toEqual([other]);
  const first = zstdCompressSync('first');
  expect(createZstdCutter()(Buffer.concat([first, other]))).toEqual([first, other]);
});

test("Node's own gives one frame alone, and says nothing of the others", () => {
  // When this fails, the cutter has had its time.
  const two = Buffer.concat([zstdCompressSync('first'), zstdCompressSync('second')]);
  expect(zstdDecompressSync(two).toString()).toBe('first');
  expect(zstdDecompressSync(zstdFrames('a text')).toString()).toBe('');
});

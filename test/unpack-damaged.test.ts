import { gzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
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

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { compressSync } from 'snappy';
import { codecs } from '../src/topic/codecs.ts';
import { mendKafkajs } from '../src/topic/kafka-client-mends.ts';
import { type Bounds, type Bytes, createDecode, type KafkaParts } from '../src/topic/kafka-decode.ts';
import { zstdFrames } from './support/zstd.ts';

const fixture = (name: string): Buffer => readFileSync(join(import.meta.dirname, 'fixtures/kafka', name));
const line = (n: number): string => `line ${n % 7} of a log that says the same\n`;
const plain = Buffer.from(Array.from({ length: 4_000 }, (_, n) => line(n)).join(''));
/** What `lz4 -BX -BD -B4 --content-size` (linked blocks, every checksum) and snappy-java's `Snappy.compress` made of it. */
const packed: readonly (readonly [name: string, codec: number, bytes: Buffer])[] = [
  ['gzip', 1, gzipSync(plain)],
  ['snappy', 2, fixture('raw.snappy')],
  ['lz4', 3, fixture('linked.lz4')],
  ['zstd', 4, zstdCompressSync(plain)],
  ['zstd', 4, zstdFrames(plain)],
];
const unpack = async (codec: number, bytes: Buffer, most = 1_000_000): Promise<Buffer> =>
  (await codecs.get(codec)?.(bytes, most)) ?? Buffer.of();

describe('the codecs', () => {
  test.each(packed)('%s: whole, bounded, and cut anywhere an error', async (_, codec, bytes) => {
    expect((await unpack(codec, bytes)).equals(plain)).toBe(true);
    expect(await unpack(codec, bytes, plain.length)).toHaveLength(plain.length);
    await expect(unpack(codec, bytes, plain.length - 1)).rejects.toThrow();
    for (let cut = 0; cut < 30; cut += 1) {
      const short = bytes.subarray(0, Math.floor((bytes.length * cut) / 31));
      await expect(unpack(codec, short)).rejects.toThrow();
    }
  });

  test.each(packed)('%s: whatever stands in it, it ends, within its bound', async (_, codec, bytes) => {
    const change = fc.record({ at: fc.nat(bytes.length - 1), to: fc.nat(255) });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 8 }), async (changes) => {
        const hurt = Buffer.from(bytes);
        for (const { at, to } of changes) hurt[at] = to;
        const result = await unpack(codec, hurt, 300_000).catch((error: unknown) => error);
        expect(result instanceof Error || (result as Buffer).length <= 300_000).toBe(true);
      }),
      { numRuns: 150 },
    );
  });
});

/** An LZ4 frame of one letter, in blocks of about 4 MiB that each are a match with itself. */
const lz4OfOneLetter = (blocks: number): Buffer => {
  const block = Buffer.concat([Buffer.from([0x1f, 0x61, 1, 0]), Buffer.alloc(16_000, 255), Buffer.from([0, 0])]);
  const size = Buffer.alloc(4);
  size.writeUInt32LE(block.length);
  const all = Array.from({ length: blocks }, () => [size, block]).flat();
  return Buffer.concat([Buffer.from('04224d18607000', 'hex'), ...all, Buffer.alloc(4)]);
};

test.each([
  ['snappy', 2, () => compressSync(Buffer.alloc(24_000_000, 'a'))],
  ['lz4', 3, () => lz4OfOneLetter(7)],
])('%s: others have their turn while a large batch is unpacked', async (_, codec, pack) => {
  let turns = 0;
  const turn = (): void => {
    turns += 1;
    next = setImmediate(turn);
  };
  const bytes = pack();
  let next = setImmediate(turn);
  const { length } = await unpack(codec, bytes, 32_000_000);
  clearImmediate(next);
  expect(length).toBeGreaterThan(20_000_000);
  expect(turns).toBeGreaterThan(0);
});

const require = createRequire(import.meta.url);
const inside = (name: string) => require(`kafkajs/src/protocol/${name}`);

const parts = (): KafkaParts => {
  const Reader = inside('decoder') as new (bytes: Buffer) => Bytes;
  return {
    reader: (bytes) => new Reader(bytes),
    decodeBatch: inside('recordBatch/v0/decoder'),
    decodeSet: inside('messageSet/decoder'),
    crc32c: inside('recordBatch/crc32C'),
  };
};

/** A batch as kafkajs writes it, its records packed by us if a codec is named. */
const batchOf = async (
  from: number,
  values: readonly string[],
  { codec = 0, records }: { readonly codec?: number; readonly records?: Buffer } = {},
): Promise<Buffer> => {
  const Record = inside('recordBatch/record/v0');
  const made = values.map((value, offsetDelta) => Record({ offsetDelta, timestampDelta: 0, key: null, value }));
  const { buffer } = await inside('recordBatch/v0').RecordBatch({
    ...{ firstOffset: from, firstTimestamp: 1_000, maxTimestamp: 1_000, partitionLeaderEpoch: 0, records: made },
    ...{ lastOffsetDelta: values.length - 1, producerId: -1, producerEpoch: 0, firstSequence: 0 },
  });
  const bytes: Buffer = records ? Buffer.concat([buffer.subarray(0, 61), records]) : Buffer.from(buffer);
  bytes.writeInt16BE(codec, 21);
  bytes.writeInt32BE(bytes.length - 12, 8);
  return signed(bytes);
};

const signed = (bytes: Buffer): Buffer => {
  bytes.writeUInt32BE(inside('recordBatch/crc32C')(bytes.subarray(21)), 17);
  return bytes;
};

/** What one partition has in an answer. */
const answered = (...batches: readonly Buffer[]): Bytes => {
  const all = Buffer.concat(batches);
  const size = Buffer.alloc(4);
  size.writeInt32BE(all.length);
  // A memory of its own, as a large answer has.
  const bytes = Buffer.from(new Uint8Array(Buffer.concat([size, all])).buffer);
  return parts().reader(bytes);
};

const told = (messages: readonly { offset: string; value: Buffer | null; unreadable?: object }[]) =>
  messages.map(({ offset, value, unreadable }) => unreadable ?? `${offset} ${value}`);

test('a broker is asked for another topic and another partition first each time', async () => {
  mendKafkajs();
  mendKafkajs();
  const partition = (n: number) => ({ partition: n, fetchOffset: '0', maxBytes: 1 });
  const topics = ['aaa', 'bbb', 'ccc'].map((topic) => ({ topic, partitions: [0x11, 0x22].map(partition) }));
  const ask = inside('requests/fetch/v11/request');
  const orders = new Set<string>();
  for (let n = 0; n < 6; n += 1) {
    const { buffer } = (await ask({ topics, maxWaitTime: 1, minBytes: 1, maxBytes: 1 }).encode()) as { buffer: Buffer };
    const [first] = ['aaa', 'bbb', 'ccc'].sort((one, other) => buffer.indexOf(one) - buffer.indexOf(other));
    orders.add(`${first} ${buffer.indexOf(0x11) < buffer.indexOf(0x22)}`);
  }
  expect(orders.size).toBe(6);
});

describe('an answer', () => {
  const decoder = (bounds?: Partial<Bounds>) =>
    createDecode(parts(), { mostBytes: 1_000_000, mostMessages: 100, ...bounds });

  test('a codec nobody knows, too many messages, what is longer than the bound: told, and the rest comes', async () => {
    const many = Array.from({ length: 101 }, () => 'a');
    const bomb = gzipSync(Buffer.alloc(2_000_000));
    const batches = [
      await batchOf(5, ['one', 'two']),
      await batchOf(7, ['x', 'y'], { codec: 6, records: Buffer.from('whatever') }),
      await batchOf(9, many),
      await batchOf(110, ['x'], { codec: 1, records: bomb }),
      await batchOf(111, ['x'], { codec: 3, records: Buffer.from('no frame at all') }),
      await batchOf(112, ['last']),
    ];
    expect(told(await decoder()(answered(...batches)))).toEqual([
      ...['5 one', '6 two'],
      { from: '7', why: 'packed with codec 6, which nobody knows' },
      { from: '9', why: 'more than 100 messages' },
      { from: '110', why: 'longer than 1000000 bytes' },
      { from: '111', why: 'no LZ4 frame' },
      '112 last',
    ]);
  });

  test('a wrong checksum is asked for again twice, and then told', async () => {
    const hurt = await batchOf(1, ['hurt', 'too']);
    hurt[hurt.length - 3] = (hurt[hurt.length - 3] ?? 0) ^ 1;
    const batches = [await batchOf(0, ['before']), hurt, await batchOf(3, ['behind'])];
    const decode = decoder();
    expect(told(await decode(answered(...batches)))).toEqual(['0 before']);
    expect(told(await decode(answered(...batches.slice(1))))).toEqual([]);
    expect(told(await decode(answered(...batches.slice(1))))).toEqual([
      { from: '1', why: 'its checksum is wrong' },
      '3 behind',
    ]);
  });

  test('what is beyond the bound of one answer is left for the next; a cut batch too', async () => {
    const value = 'v'.repeat(400_000);
    const batches = await Promise.all([0, 1, 2].map((from) => batchOf(from, [value])));
    const decode = decoder();
    expect(await decode(answered(...batches))).toHaveLength(2);
    expect(await decode(answered(...batches.slice(2)))).toHaveLength(1);
    expect(
      await decode(answered(...batches.slice(0, 1), Buffer.from(batches[1]?.subarray(0, 300) ?? []))),
    ).toHaveLength(1);
  });

  test('what compaction emptied, or took the end of, still says where it ends; to kafkajs alone', async () => {
    const lasting = async (from: number, values: readonly string[], last: number): Promise<Buffer> => {
      const bytes = await batchOf(from, values);
      bytes.writeInt32BE(last - from, 23);
      return signed(bytes);
    };
    const decode = decoder();
    const ends = (messages: readonly { offset: string; isControlRecord?: boolean }[]) =>
      messages.map(({ offset, isControlRecord }) => (isControlRecord ? `end ${offset}` : offset));
    const alone = await decode(answered(await lasting(3, [], 8)));
    expect(ends(alone)).toEqual(['end 8']);
    const Batch = require('kafkajs/src/consumer/batch');
    const batch = new Batch('topic', '3', {
      partition: 0,
      highWatermark: '20',
      messages: alone,
      abortedTransactions: [],
    });
    expect([batch.messages, batch.isEmptyDueToFiltering(), batch.lastOffset()]).toEqual([[], true, '8']);
    const several = [
      await batchOf(2, ['x']),
      await lasting(3, [], 3),
      await lasting(4, ['y'], 6),
      await batchOf(7, ['z']),
    ];
    expect(ends(await decode(answered(...several)))).toEqual(['2', 'end 3', '4', 'end 6', '7']);
  });

  test('the formats before Kafka 0.11 are read; what is damaged in them is told', async () => {
    const entry = (value: string): Buffer => {
      const set = inside('messageSet')({ messageVersion: 1, entries: [{ key: null, value, timestamp: 1_000 }] });
      return Buffer.from(set.buffer);
    };
    const odd = entry('odd');
    odd.writeInt8(2 + 1, 17); // LZ4, and its value is none
    expect(told(await decoder()(answered(entry('old'), odd, entry('older'))))).toEqual([
      expect.stringMatching(/ old$/),
      { from: expect.any(String), why: 'damaged' },
      expect.stringMatching(/ older$/),
    ]);
  });
});

import { Unpackable } from './codec-output.ts';
import { codecs } from './codecs.ts';

/** What brokers say of one partition alone. */
export type Refusal = 'out-of-range' | 'denied';

/**
 * A message as kafkajs gives it on; one that stands for a batch that nobody can read has `unreadable`, and one that stands for
 * an answer without any has `refused`.
 */
export interface WireMessage {
  readonly offset: string;
  readonly timestamp: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers?: Readonly<Record<string, Buffer | string | (Buffer | string)[] | undefined>>;
  readonly unreadable?: { readonly from: string; readonly why: string };
  readonly refused?: Refusal;
}

/** kafkajs' reader of bytes. */
export interface Bytes {
  readInt32(): number;
  readBytes(length: number): Buffer;
  canReadBytes(length: number): boolean;
}

/** What of kafkajs decodes. */
export interface KafkaParts {
  reader(bytes: Buffer): Bytes;
  /** One batch of the format since Kafka 0.11. */
  decodeBatch(bytes: Bytes): Promise<{ readonly records: readonly WireMessage[] }>;
  /** Messages of the formats before it. */
  decodeSet(bytes: Bytes, size: number): Promise<readonly WireMessage[]>;
  crc32c(bytes: Buffer): number;
}

export interface Bounds {
  /** What the batches of one answer may be unpacked to; also for one batch alone. */
  readonly mostBytes: number;
  readonly mostMessages: number;
}

const most: Bounds = { mostBytes: 32 * 1024 * 1024, mostMessages: 200_000 };
/** What a message costs beside its bytes, about. */
const MESSAGE_COST = 300;
/** A batch whose checksum is wrong may have been hurt on its way: it is asked for again before it is given up. */
const TRIES = 3;
const MOST_REMEMBERED = 1_000;

/** Where things stand in a batch (https://kafka.apache.org/documentation/#recordbatch); magic is there in every format. */
const at = {
  length: 8,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastDelta: 23,
  timestamp: 35,
  count: 57,
  records: 61,
} as const;
const ENTRY_HEADER = 12;
const CODEC = 0x07;

interface Decoding extends KafkaParts, Bounds {
  /** Cost of what an answer held so far, by its memory. */
  readonly spent: WeakMap<ArrayBufferLike, number>;
  readonly failures: Map<string, number>;
}

/**
 * Instead of kafkajs' own, which checks no checksum, has no bound for what is unpacked, and makes one batch that cannot be
 * read the end of the whole consumer, over and over: here it is one message that says so, and all others come. Decodes
 * what one partition has in an answer; what is beyond the bounds is left for the next.
 */
export const createDecode = (parts: KafkaParts, bounds: Bounds = most) => {
  const it: Decoding = { ...parts, ...bounds, spent: new WeakMap(), failures: new Map() };
  return async (answer: Bytes): Promise<WireMessage[]> => {
    const size = answer.readInt32();
    if (size <= 0 || !answer.canReadBytes(size)) return [];
    const bytes = answer.readBytes(size);
    const found: WireMessage[] = [];
    for (let start = 0; start + at.crc < bytes.length; ) {
      const end = start + ENTRY_HEADER + bytes.readInt32BE(start + at.length);
      // The last batch of an answer may be cut.
      if (end > bytes.length || end <= start + at.crc) break;
      const messages = await decode(it, bytes.subarray(start, end));
      if (messages === 'later') break;
      // Not `push(...messages)`: that is one argument per message.
      for (const message of messages) found.push(message);
      start = end;
    }
    return found;
  };
};

const decode = async (it: Decoding, entry: Buffer): Promise<readonly WireMessage[] | 'later'> => {
  if ((entry[at.magic] ?? 0) < 2) return decodeOld(it, entry);
  if (entry.length < at.records) return [unreadable(entry, 'cut short')];
  if (it.crc32c(entry.subarray(at.attributes)) !== entry.readUInt32BE(at.crc)) return hurt(it, entry);
  try {
    const room = it.mostBytes - (it.spent.get(entry.buffer) ?? 0);
    const plain = await unpacked(it, entry);
    const cost = plain.length + entry.readInt32BE(at.count) * MESSAGE_COST;
    if (cost > room && room < it.mostBytes) return 'later';
    it.spent.set(entry.buffer, it.mostBytes - room + cost);
    const { records } = await it.decodeBatch(it.reader(plain));
    return (records.at(-1)?.offset ?? '') === String(lastOf(entry)) ? records : [...records, silent(entry)];
  } catch (error) {
    // The checksum is right: these are the bytes that were sent, and they will never be others.
    return [unreadable(entry, error instanceof Unpackable ? error.message : 'damaged')];
  }
};

/** The same batch with its records unpacked, as one that never was packed. */
const unpacked = async ({ mostBytes, mostMessages }: Decoding, entry: Buffer): Promise<Buffer> => {
  if (entry.readInt32BE(at.count) > mostMessages) throw new Unpackable(`more than ${mostMessages} messages`);
  const attributes = entry.readInt16BE(at.attributes);
  const codec = attributes & CODEC;
  if (codec === 0) return entry;
  const unpack = codecs.get(codec);
  if (!unpack) throw new Unpackable(`packed with codec ${codec}, which nobody knows`);
  const records = await unpack(entry.subarray(at.records), mostBytes);
  const plain = Buffer.concat([entry.subarray(0, at.records), records]);
  plain.writeInt16BE(attributes & ~CODEC, at.attributes);
  plain.writeInt32BE(plain.length - ENTRY_HEADER, at.length);
  return plain;
};

const hurt = ({ failures }: Decoding, entry: Buffer): readonly WireMessage[] | 'later' => {
  const name = `${entry.readBigInt64BE(0)} ${entry.length} ${entry.readUInt32BE(at.crc)}`;
  const times = (failures.get(name) ?? 0) + 1;
  if (failures.size > MOST_REMEMBERED) failures.clear();
  failures.set(name, times);
  if (times < TRIES) return 'later';
  failures.delete(name);
  return [unreadable(entry, 'its checksum is wrong')];
};

const decodeOld = async (it: Decoding, entry: Buffer): Promise<readonly WireMessage[]> => {
  try {
    return await it.decodeSet(it.reader(entry), entry.length);
  } catch {
    return [unreadable(entry, 'damaged')];
  }
};

const isNew = (entry: Buffer): boolean => (entry[at.magic] ?? 0) >= 2 && entry.length >= at.records;

const lastOf = (entry: Buffer): bigint =>
  entry.readBigInt64BE(0) + BigInt(isNew(entry) ? Math.max(0, entry.readInt32BE(at.lastDelta)) : 0);

/** Stands at the end of a batch, in the form in which kafkajs knows messages. */
const atEnd = (entry: Buffer, isControlRecord: boolean) => ({
  ...{ key: null, value: null, headers: {}, batchContext: {}, isControlRecord, offset: String(lastOf(entry)) },
  timestamp: isNew(entry) ? String(entry.readBigInt64BE(at.timestamp)) : '-1',
});

/**
 * Compaction takes the last records of a batch, and keeps the batch without any where it is an idempotent producer's last.
 * kafkajs goes on behind the last record it was given: this one is for its position, and comes to nobody.
 */
const silent = (entry: Buffer): WireMessage => atEnd(entry, true);

const unreadable = (entry: Buffer, why: string): WireMessage => ({
  ...atEnd(entry, false),
  unreadable: { from: String(entry.readBigInt64BE(0)), why },
});

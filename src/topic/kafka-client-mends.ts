import { createRequire } from 'node:module';
import kafkajs from 'kafkajs';
import { codecs } from './codecs.ts';
import { type Bytes, createDecode, type KafkaParts } from './kafka-decode.ts';
import { type FetchAnswer, sparing } from './kafka-fetch.ts';

const require = createRequire(import.meta.url);
// No "exports" map: every file of the package can be had.
const pathOf = (name: string): string => require.resolve(`kafkajs/src/${name}`);
const inside = (name: string): unknown => require(pathOf(name));

/** What we change in kafkajs 2.2.4, once however often it is called. Throws when it is not the version we know. */
export const mendKafkajs = (): void => {
  calmTimers();
  boundCodecs();
  replace('protocol/requests/fetch/v4/decodeMessages', boundDecoding);
  replace('protocol/requests/fetch/v11/request', askInTurn);
  spareOthers();
};

type Call = (...given: readonly unknown[]) => unknown;
const MENDED = Symbol.for('keyfuse.mended');

/** Puts what `mend` makes of it in the place of a module that is one function, before others load it. */
const replace = (name: string, mend: (original: Call) => Call): void => {
  const original = inside(name);
  const loaded = require.cache[pathOf(name)];
  if (typeof original !== 'function' || !loaded) throw new Error(`kafkajs is not the version we know: review ${name}`);
  if (MENDED in original) return;
  loaded.exports = Object.assign(mend(original as Call), { [MENDED]: true });
};

/** See createDecode. */
const boundDecoding = (): Call => {
  const Reader = inside('protocol/decoder') as new (bytes: Buffer) => Bytes;
  return createDecode({
    reader: (bytes) => new Reader(bytes),
    decodeBatch: inside('protocol/recordBatch/v0/decoder') as KafkaParts['decodeBatch'],
    decodeSet: inside('protocol/messageSet/decoder') as KafkaParts['decodeSet'],
    crc32c: inside('protocol/recordBatch/crc32C') as KafkaParts['crc32c'],
  }) as Call;
};

interface Asked {
  readonly topics: readonly { readonly topic: string; readonly partitions: readonly unknown[] }[];
}

/**
 * A broker fills its answer in the order in which it is asked, and kafkajs always asks in the same: what comes last would
 * starve behind what is busy. So every time another one is first.
 */
const askInTurn = (original: Call): Call => {
  let turn = 0;
  const turned = <T>(all: readonly T[]): readonly T[] => {
    const first = turn % Math.max(1, all.length);
    return [...all.slice(first), ...all.slice(0, first)];
  };
  return (asked) => {
    const { topics } = asked as Asked;
    turn += 1;
    const inTurn = topics.map((it) => ({ ...it, partitions: turned(it.partitions) }));
    return original({ ...(asked as Asked), topics: turned(inTurn) });
  };
};

interface Fetching {
  protocol(version: object): (asked: { readonly isolationLevel?: number }) => {
    readonly response: { parse(answer: FetchAnswer): Promise<FetchAnswer> };
  };
}

const READ_UNCOMMITTED = 0;

/** See sparing: for those that read logs, who are those that read what is uncommitted. */
const spareOthers = (): void => {
  const fetch = inside('protocol/requests/fetch') as Fetching;
  const { protocol } = fetch;
  if (typeof protocol !== 'function') throw new Error('kafkajs is not the version we know: review spareOthers');
  if (MENDED in protocol) return;
  const mended: Fetching['protocol'] = (version) => (asked) => {
    const made = protocol(version)(asked);
    if (asked.isolationLevel !== READ_UNCOMMITTED) return made;
    return { ...made, response: { ...made.response, parse: (answer) => made.response.parse(sparing(answer)) } };
  };
  fetch.protocol = Object.assign(mended, { [MENDED]: true });
};

const MOST_OF_SET = 16 * 1024 * 1024;

/** For messages in the formats before Kafka 0.11, which kafkajs unpacks itself. */
const boundCodecs = (): void => {
  const { compress } = kafkajs.CompressionCodecs[kafkajs.CompressionTypes.GZIP]();
  for (const [type, unpack] of codecs) {
    const none = () => Promise.reject(new Error('we do not pack with this'));
    const pack = type === kafkajs.CompressionTypes.GZIP ? compress : none;
    kafkajs.CompressionCodecs[type as 1] = () => ({
      compress: pack,
      decompress: (packed: Buffer) => unpack(packed, MOST_OF_SET),
    });
  }
};

/**
 * kafkajs 2.2.4 lets an idle connection set a 0 ms timer for ever (tulios/kafkajs#1751): some 6,000 a second. Ours sets
 * one only when a request waits or the broker throttles. Throws when the method to replace is gone.
 */
const calmTimers = (): void => {
  const queue: unknown = inside('network/requestQueue');
  const prototype = typeof queue === 'function' ? queue.prototype : {};
  if (
    typeof prototype.scheduleCheckPendingRequests !== 'function' ||
    typeof prototype.checkPendingRequests !== 'function'
  ) {
    throw new Error('kafkajs is not the version whose timers we know: review calmTimers');
  }
  prototype.scheduleCheckPendingRequests = function scheduleCheckPendingRequests(): void {
    if (this.throttleCheckTimeoutId) return;
    const throttled = this.throttledUntil - Date.now();
    if (throttled <= 0 && this.pending.length === 0) return;
    this.throttleCheckTimeoutId = setTimeout(
      () => {
        this.throttleCheckTimeoutId = null;
        this.checkPendingRequests();
      },
      throttled > 0 ? throttled : 10,
    );
  };
};

import type { Delivery, ParkReason } from '../core/delivery.ts';
import type { WireMessage } from './kafka-decode.ts';
import type { Message, Parked } from './topic.ts';

/** A record as it is on the wire: no secret in the key or the headers, the value is sealed. */
export interface KafkaRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly key: string;
  /** Null: a tombstone. */
  readonly value: Uint8Array | null;
  /** Epoch ms. */
  readonly timestamp: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** A record to be sent. */
export type Outgoing = Pick<KafkaRecord, 'topic' | 'key' | 'value' | 'timestamp' | 'headers'>;

/** A delivery with what only this topic knows of it. */
export interface Due extends Delivery {
  /** Not dealt before (epoch ms). */
  readonly notBefore: number;
  /** How often it was put back by hand. */
  readonly redrives: number;
}

/** A parked message with the key of its record. */
export interface ParkedRecord extends Parked {
  readonly recordKey: string;
  readonly redrives: number;
}

export const readRecord = (topic: string, partition: number, message: WireMessage): KafkaRecord => ({
  topic,
  partition,
  offset: Number(message.offset),
  key: message.key?.toString() ?? '',
  value: message.value,
  timestamp: Number(message.timestamp),
  headers: Object.fromEntries(Object.entries(message.headers ?? {}).map(([name, value]) => [name, String(value)])),
});

const whole = (text: string | undefined, otherwise: number): number => {
  const number = Number(text ?? Number.NaN);
  return Number.isSafeInteger(number) && number >= 0 ? number : otherwise;
};

/** A record of the candidates topic names itself by its place there; one of a retry topic carries that name on. */
export const readDue = ({ topic, partition, offset, key, value, timestamp, headers }: KafkaRecord): Due => ({
  id: headers['id'] ?? `${topic}-${partition}-${offset}`,
  key,
  value: value ?? new Uint8Array(),
  attempt: whole(headers['attempt'], 1),
  publishedAt: whole(headers['published-at'], timestamp),
  notBefore: whole(headers['not-before'], 0),
  redrives: whole(headers['redrives'], 0),
});

export const candidateRecord = (topic: string, { key, value }: Message, now: number): Outgoing => ({
  topic,
  key,
  value,
  timestamp: now,
  headers: {},
});

/** `due` to be dealt with on a retry topic, under its old name. */
export const retryRecord = (topic: string, due: Due, now: number): Outgoing => ({
  topic,
  key: due.key,
  value: due.value,
  timestamp: now,
  headers: {
    id: due.id,
    attempt: String(due.attempt),
    'published-at': String(due.publishedAt),
    'not-before': String(due.notBefore),
    redrives: String(due.redrives),
  },
});

/**
 * A parked message. Compaction keeps the last record of a key, so the key names this parking, not only the message: the
 * tombstone that a redrive leaves can never remove what is parked after it.
 */
export const parkRecord = (topic: string, due: Due, why: { reason: ParkReason; now: number }): Outgoing => ({
  topic,
  key: `${due.id}@${due.redrives}`,
  value: due.value,
  timestamp: why.now,
  headers: {
    id: due.id,
    key: due.key,
    reason: why.reason,
    attempts: String(due.attempt),
    'published-at': String(due.publishedAt),
    'parked-at': String(why.now),
    redrives: String(due.redrives),
  },
});

/** Takes a parked message off the list. */
export const tombstone = (topic: string, { recordKey }: ParkedRecord, now: number): Outgoing => ({
  topic,
  key: recordKey,
  value: null,
  timestamp: now,
  headers: {},
});

/** Undefined for a tombstone. */
export const readParked = ({ key, value, timestamp, headers }: KafkaRecord): ParkedRecord | undefined =>
  value === null
    ? undefined
    : {
        recordKey: key,
        id: headers['id'] ?? key,
        key: headers['key'] ?? '',
        value,
        reason: (headers['reason'] ?? 'malformed') as ParkReason,
        attempts: whole(headers['attempts'], 1),
        publishedAt: whole(headers['published-at'], timestamp),
        parkedAt: whole(headers['parked-at'], timestamp),
        redrives: whole(headers['redrives'], 0),
      };

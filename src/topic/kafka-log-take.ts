import type { Clock } from '../core/clock.ts';
import type { LogBatch, LogMessage, Unscanned } from '../core/log-topics.ts';
import type { Cluster } from './kafka-admin.ts';
import type { Batch, Note } from './kafka-client.ts';
import type { Refusal, WireMessage } from './kafka-decode.ts';
import type { Denied } from './kafka-log-denied.ts';
import type { createQuietWatch } from './kafka-log-quiet.ts';
import type { Member } from './kafka-member.ts';
import { readOffsets } from './kafka-offsets.ts';
import type { Place } from './kafka-seat.ts';

export interface Taking {
  readonly needs: {
    readonly cluster: Cluster;
    readonly clock: Clock;
    readonly note: Note;
    each(batch: LogBatch, over: AbortSignal): Promise<void>;
  };
  /** Next offset to read, where it is not committed. */
  readonly durable: Map<Place, number>;
  readonly quiet: ReturnType<typeof createQuietWatch>;
  readonly denied: Denied;
  member?: Member;
  /** Whether one of the topics is no longer the one that we read. */
  check(): Promise<boolean>;
}

export interface Taken {
  readonly place: Place;
  readonly batch: Batch;
  readonly over: AbortSignal;
}

const REFUSED_PAUSE_MS = 1_000;

/** Gives on what came from one place. False: the place gives the same again, or goes on elsewhere. */
export const take = async (it: Taking, taken: Taken): Promise<boolean> => {
  const { place, batch, over } = taken;
  const end = it.quiet.taking(place);
  try {
    const refused = refusalOf(batch);
    if (refused === 'denied') return putOff(it, taken);
    if (refused) return await goOn(it, taken);
    await it.needs.each(logBatchOf(batch), over);
    if (!over.aborted) it.durable.set(place, Number(batch.messages.at(-1)?.offset) + 1);
    return true;
  } catch {
    await it.needs.clock.sleep(REFUSED_PAUSE_MS, over);
    return false;
  } finally {
    end();
  }
};

/** The others are read on; what is not committed here would have their commit refused as well, and comes again. */
const putOff = ({ denied, durable, member }: Taking, { place, batch }: Taken): false => {
  durable.delete(place);
  if (member) denied.putOff(batch.topic, place, member);
  return false;
};

/**
 * From a place that is out of range. Behind the last offset: the topic is another one, or lost its end. Else what we had not
 * read was deleted, which is told once, for its place is committed with it.
 */
const goOn = async (it: Taking, { place, batch, over }: Taken): Promise<false> => {
  const { cluster, each, note } = it.needs;
  const { member } = it;
  const from = positionOf(batch);
  const bounds = await readOffsets(cluster, batch.topic);
  const { low, high } = bounds.find(({ partition }) => partition === batch.partition) ?? { low: from, high: from };
  const isThere = low <= from && from <= high;
  if (!member || isThere || (from > high && (await it.check()))) throw new Error('to be asked again');
  if (from > high) note({ kind: 'kafka.anew', detail: `${place} lost its end, and is read from its start` });
  else {
    const gone: Unscanned = { from, to: low - 1, reason: 'gone', why: 'deleted before it was read' };
    await each({ topic: batch.topic, partition: batch.partition, messages: [], unscanned: [gone] }, over);
  }
  if (over.aborted) return false;
  it.durable.set(place, low);
  member.seek(place, low);
  return false;
};

const refusalOf = ({ messages }: Batch): Refusal | undefined => (messages as readonly WireMessage[])[0]?.refused;

/** Where kafkajs asked for a batch: it has that, and does not say so in its types. */
const positionOf = (batch: Batch): number => Number((batch as Batch & { fetchedOffset: string }).fetchedOffset);

const logBatchOf = ({ topic, partition, messages }: Batch): LogBatch => {
  const wire: readonly WireMessage[] = messages;
  const unscanned = wire.flatMap(({ offset, unreadable: it }): Unscanned[] =>
    it ? [{ from: Number(it.from), to: Number(offset), reason: 'unreadable', why: it.why }] : [],
  );
  return { topic, partition, messages: wire.filter((it) => !it.unreadable).map(logMessageOf), unscanned };
};

const logMessageOf = ({ offset, timestamp, key, value, headers = {} }: WireMessage): LogMessage => ({
  offset: Number(offset),
  timestamp: Number(timestamp),
  key,
  value,
  headers,
});

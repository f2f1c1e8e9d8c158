import type { Clock } from '../core/clock.ts';
import type { Fact, RecordFact } from '../core/facts.ts';
import type { Emit, Place } from '../core/fragment.ts';
import type { HeaderValue, LogBatch, LogMessage, LogTopics } from '../core/log-topics.ts';
import { type LogPlace, Origin } from '../core/origin.ts';
import { createBatch } from './batch.ts';
import { createPlaceIn, type Hit } from './message-place.ts';
import { PIECE } from './outlet.ts';
import { apart } from './payload/apart.ts';
import type { Source } from './source.ts';
import { createSteady, firmly } from './steady.ts';
import { createFlowNames } from './waiting.ts';

export interface KafkaLogsNeeds {
  readonly topics: LogTopics;
  readonly clock: Clock;
  readonly record: RecordFact;
}

/** Messages are put together up to this size; a larger one is a flow of its own. */
const ROOM = 256 * 1024;

/**
 * Messages of Kafka topics that carry logs: values, and keys and headers, whatever stands in them. The offset of a batch is
 * committed when its candidates are durable; what cannot be made durable is tried until it can, and the group hears us.
 */
export const kafkaLogs = (needs: KafkaLogsNeeds): Source => ({
  name: 'kafka-logs',
  replayable: true,
  run(emit, stop) {
    const nextFlow = createFlowNames('kafka-logs');
    const each = (batch: LogBatch, over: AbortSignal) =>
      pour(batch, { ...needs, emit, nextFlow, batch, stop: AbortSignal.any([stop, over]), placeIn: createPlaceIn() });
    return needs.topics.read(each, stop);
  },
});

interface Pouring extends KafkaLogsNeeds {
  readonly emit: Emit;
  readonly batch: LogBatch;
  /** From here on nothing is emitted. */
  readonly stop: AbortSignal;
  nextFlow(): string;
  placeIn(message: LogMessage, hit: Hit): LogPlace;
}

/** Resolves when all of the batch is durable; rejects with `GivenUp` at the end. */
const pour = async ({ messages, unreadable }: LogBatch, it: Pouring): Promise<void> => {
  const room = Math.min(
    ROOM,
    messages.reduce((sum, { value }) => sum + 2 * (value?.length ?? 0) + 128, 0),
  );
  const joined = createBatch<LogMessage>(room);
  const flush = async (): Promise<void> => {
    if (joined.count === 0) return;
    const { bytes, at } = joined.take();
    const [first] = messages;
    const origin = originOf(it, at({ offset: 0 })?.about ?? first);
    const locate = (place: Place): Origin => {
      const found = at(place);
      const text = found?.message ?? bytes;
      const offset = place.offset - (text.byteOffset - bytes.byteOffset);
      return originOf(it, found?.about ?? first, { text, offset, length: place.length });
    };
    await firmly({ bytes, origin, locate }, it);
  };
  for (const message of messages) {
    for (const text of textsOf(message)) {
      if (text.length > ROOM) await stream(it, { text, message });
      else if (!joined.add(text, message)) {
        await flush();
        joined.add(text, message);
      }
    }
  }
  await flush();
  for (const stretch of unreadable) tell(it, stretch);
};

/** What of a message holds something; in a binary format no length or tag touches a key then. */
const textsOf = ({ key, value, headers }: LogMessage): readonly Uint8Array[] => {
  const named = Object.entries(headers).flatMap(([name, all]) =>
    [all ?? []]
      .flat()
      .flatMap((one: HeaderValue) =>
        apart(Buffer.from(one as string)).map((text) => Buffer.concat([Buffer.from(`${name}: `), text])),
      ),
  );
  return [...textsIn(value), ...textsIn(key), ...named];
};
const textsIn = (part: Uint8Array | null): readonly Buffer[] =>
  part && part.length > 0 ? apart(Buffer.from(part.buffer, part.byteOffset, part.length)) : [];

const locatorOf = ({ topic, partition }: LogBatch, offsets: string | number): string =>
  `topic ${topic}, partition ${partition}, offset ${offsets}`;

/** `hit`: where something was found, so that the message is looked into for what it says of itself. */
const originOf = ({ clock, batch, placeIn }: Pouring, message: LogMessage | undefined, hit?: Hit): Origin => {
  const time = message && message.timestamp > 0 ? { time: message.timestamp } : {};
  return Origin.parse({
    source: 'kafka-logs',
    locator: locatorOf(batch, message?.offset ?? 0),
    receivedAt: clock.now(),
    ...(hit && { log: { ...time, ...(message ? placeIn(message, hit) : {}) } }),
  });
};

const stream = async (it: Pouring, { text, message }: { text: Uint8Array; message: LogMessage }): Promise<void> => {
  let sent = 0;
  const locate = () => (place: Place) => {
    // A flow that had to begin anew counts from there on.
    const { bytes, at } = past.around(place.offset);
    return originOf(it, message, { text, offset: sent - bytes.length + at, length: place.length });
  };
  const { send, past } = createSteady({ ...it, place: originOf(it, message), locate });
  while (sent < text.length) {
    const piece = text.subarray(sent, sent + PIECE);
    sent += piece.length;
    await send(piece, sent === text.length);
  }
};

const tell = (it: Pouring, { from, to, why }: LogBatch['unreadable'][number]): void => {
  const locator = locatorOf(it.batch, from === to ? from : `${from} to ${to}`);
  note(it, { type: 'source.unscanned', source: 'kafka-logs', locator, reason: 'unreadable', detail: why });
};

/** Facts of sources are not journaled, so nothing is lost with a rejection. */
const note = ({ record }: Pouring, fact: Fact): void => void record(fact).catch(() => undefined);

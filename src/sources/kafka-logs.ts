import type { Clock } from '../core/clock.ts';
import type { Fact, RecordFact } from '../core/facts.ts';
import type { Emit, Place } from '../core/fragment.ts';
import type { LogBatch, LogMessage, LogTopics, Unscanned } from '../core/log-topics.ts';
import { type LogPlace, Origin } from '../core/origin.ts';
import { createBatch } from './batch.ts';
import { createPlaceIn, type Hit } from './message-place.ts';
import { PIECE } from './outlet.ts';
import { type Apart, apart } from './payload/apart.ts';
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
const pour = async ({ messages, unscanned }: LogBatch, it: Pouring): Promise<void> => {
  const room = Math.min(
    ROOM,
    messages.reduce((sum, { value }) => sum + 2 * (value?.length ?? 0) + 128, 0),
  );
  const joined = createBatch<Text>(room);
  const flush = async (): Promise<void> => {
    if (joined.count === 0) return;
    const { bytes, at } = joined.take();
    const [first] = messages;
    const locate = ({ offset, length }: Place): Origin | undefined => {
      const found = at({ offset });
      if (!found) return originOf(it, first, { text: bytes, offset, length });
      const { about, message: text } = found;
      const place = about.own({ offset: bytes.byteOffset + offset - text.byteOffset, length });
      return place && originOf(it, about.message, { text, ...place });
    };
    await firmly({ bytes, origin: originOf(it, at({ offset: 0 })?.about.message ?? first), locate }, it);
  };
  for (const message of messages) {
    for (const one of textsOf(message)) {
      if (one.text.length > ROOM) await stream(it, one);
      else if (!joined.add(one.text, one)) {
        await flush();
        joined.add(one.text, one);
      }
    }
  }
  await flush();
  for (const stretch of unscanned) tell(it, stretch);
};

/** Something of a message to scan. */
interface Text extends Apart {
  readonly message: LogMessage;
}

/** What of a message holds something; a header with its name before it. */
const textsOf = (message: LogMessage): readonly Text[] => {
  const texts: Text[] = [];
  for (const part of [message.value, message.key]) {
    if (part && part.length > 0) texts.push(textOf(message, Buffer.from(part.buffer, part.byteOffset, part.length)));
  }
  for (const [name, all] of Object.entries(message.headers)) {
    for (const one of [all ?? []].flat()) texts.push(textOf(message, Buffer.from(one as string), `${name}: `));
  }
  return texts;
};

const textOf = (message: LogMessage, part: Buffer, name = ''): Text => {
  const { text, own } = apart(part);
  if (name === '') return { message, text, own };
  const before = Buffer.from(name);
  return {
    message,
    text: Buffer.concat([before, text]),
    own({ offset, length }) {
      const place = own({ offset: offset - before.length, length });
      return place && { ...place, offset: place.offset + before.length };
    },
  };
};

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

const stream = async (it: Pouring, { message, text, own }: Text): Promise<void> => {
  let sent = 0;
  const locate =
    () =>
    ({ offset, length }: Place): Origin | undefined => {
      // A flow that had to begin anew counts from there on.
      const { bytes: kept, at } = past.around(offset);
      const place = own({ offset: sent - kept.length + at, length });
      return place && originOf(it, message, { text, ...place });
    };
  const { past, send } = createSteady({ ...it, place: originOf(it, message), locate });
  while (sent < text.length) {
    const piece = text.subarray(sent, sent + PIECE);
    sent += piece.length;
    await send(piece, sent === text.length);
  }
};

const tell = (it: Pouring, { from, to, reason, why }: Unscanned): void => {
  const locator = locatorOf(it.batch, from === to ? from : `${from} to ${to}`);
  note(it, { type: 'source.unscanned', source: 'kafka-logs', locator, reason, detail: why });
};

/** Facts of sources are not journaled, so nothing is lost with a rejection. */
const note = ({ record }: Pouring, fact: Fact): void => void record(fact).catch(() => undefined);

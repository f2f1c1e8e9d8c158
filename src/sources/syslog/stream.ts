import type { Socket } from 'node:net';
import type { RecordFact } from '../../core/facts.ts';
import type { Place } from '../../core/fragment.ts';
import { Origin } from '../../core/origin.ts';
import { placeOf, withoutHit } from '../log-place.ts';
import { PIECE } from '../outlet.ts';
import type { Past } from '../past.ts';
import { rememberLast } from '../payload/remember.ts';
import { createSteady, type SteadyNeeds } from '../steady.ts';
import { GivenUp } from '../waiting.ts';
import { createFrames } from './frames.ts';

/** One connection. The socket is not read while something of it is not durable: that is the back-pressure. */
export interface SyslogStream {
  /** Resolves when the connection is over, or `stop` fires. Never rejects. */
  readonly over: Promise<void>;
  /** Called now and then: shows a message that has not come to its end, if nothing came since the last call. */
  peek(): void;
}

export interface StreamNeeds extends Omit<SteadyNeeds, 'place' | 'locate'> {
  readonly socket: Socket;
  /** `tcp` or `tls`. */
  readonly way: string;
  readonly from: string;
}

/** What was read of a message; `from` names it. */
interface Read {
  readonly from: number;
  readonly message: Uint8Array;
}

const NEWLINE = 0x0a;
/** Two, because one behind a NUL may be half of a letter in UTF-16, for which the scanner would wait. */
const LINE_END = Buffer.from('\n\n');

export const syslogOrigin = (from: string, way: string): Origin =>
  Origin.parse({ source: 'syslog', locator: `syslog from ${from} (${way})`, receivedAt: 0 });

export const createSyslogStream = (needs: StreamNeeds): SyslogStream => {
  const { socket, way, from, record, stop } = needs;
  const frames = createFrames();
  const locate = (origin: Origin) => {
    const placeIn = rememberLast(({ message }: Read) => placeOf(message, origin.receivedAt));
    return (place: Place): Origin => {
      const { message, hit } = messageAt(steady.past, place, frames.counted());
      return { ...origin, log: withoutHit(placeIn({ from: message.byteOffset, message }), hit) };
    };
  };
  const steady = createSteady({ ...needs, place: syslogOrigin(from, way), locate });
  /** Bytes come, or are on their way to the topic. */
  let busy = false;
  let shown = false;

  const send = async (bytes: Buffer): Promise<void> => {
    for (let at = 0; at < bytes.length; at += PIECE) await steady.send(bytes.subarray(at, at + PIECE));
  };
  const read = async (): Promise<void> => {
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      busy = true;
      const { bytes, ended, malformed } = frames.take(chunk);
      await send(ended && bytes.length > 0 && bytes.at(-1) !== NEWLINE ? Buffer.concat([bytes, LINE_END]) : bytes);
      if (malformed) return turnAway(record);
      shown = false;
      busy = false;
    }
  };
  const run = async (): Promise<void> => {
    try {
      // A connection that breaks off ends as one that is closed does: what came is all there is.
      await read().catch(passGivenUp);
      await steady.send(frames.rest(), true);
    } catch (error) {
      passNothing(error);
    } finally {
      socket.destroy();
    }
  };

  return {
    over: run(),
    peek() {
      if (busy || shown || stop.aborted || steady.past.open(1).length === 0) return;
      shown = true;
      void steady.peek().catch(passNothing);
    },
  };
};

const passGivenUp = (error: unknown): void => {
  if (error instanceof GivenUp) throw error;
};
const passNothing = (_: unknown): void => undefined;

// Facts of sources are not journaled, so nothing is lost with a rejection.
const turnAway = (record: RecordFact): void =>
  void record({
    type: 'source.rejected',
    source: 'syslog',
    reason: 'malformed',
    detail: 'no count of a message',
  }).catch(passNothing);

/** The message around a place, from its head to the end of the line of the place. */
export const messageAt = (past: Past, { offset, length }: Place, counted: boolean) => {
  const { bytes, at } = past.around(offset);
  const before = at > 0 ? at - 1 : 0;
  // A counted message may have many lines; what was its count is a line end, a blank and its priority now.
  const head = counted ? bytes.lastIndexOf('\n <', before) + 1 : 0;
  const line = Math.max(bytes.lastIndexOf(NEWLINE, before), bytes.lastIndexOf(0, before)) + 1;
  const start = head > 0 ? head + 1 : line;
  const rest = bytes.subarray(at);
  const ends = [rest.indexOf(NEWLINE), rest.indexOf(0), rest.length].filter((end) => end >= 0);
  return { message: bytes.subarray(start, at + Math.min(...ends)), hit: bytes.subarray(at, at + length) };
};

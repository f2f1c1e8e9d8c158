import type { Socket } from 'node:net';
import type { RecordFact } from '../../core/facts.ts';
import { Origin } from '../../core/origin.ts';
import { createLocate } from '../message-at.ts';
import { PIECE } from '../outlet.ts';
import { release } from '../release.ts';
import { createSteady, type SteadyNeeds } from '../steady.ts';
import { GivenUp } from '../waiting.ts';
import { createFrames } from './frames.ts';

/** One connection. The socket is not read while something of it is not durable: that is the back-pressure. */
export interface SyslogStream {
  /** Resolves when the connection is over, or `stop` fires. Never rejects. */
  readonly over: Promise<void>;
  /** Called now and then: shows what has not come to its end, if nothing came since the last call. */
  peek(): void;
}

export interface StreamNeeds extends Omit<SteadyNeeds, 'place' | 'locate'> {
  readonly socket: Socket;
  /** `tcp` or `tls`. */
  readonly way: string;
  readonly from: string;
}

const NEWLINE = 0x0a;
/** Two, because one behind a NUL may be half of a letter in UTF-16, for which the scanner would wait. */
const LINE_END = Buffer.from('\n\n');

export const syslogOrigin = (from: string, way: string): Origin =>
  Origin.parse({ source: 'syslog', locator: `syslog from ${from} (${way})`, receivedAt: 0 });

export const createSyslogStream = (needs: StreamNeeds): SyslogStream => {
  const { socket, way, from, record, stop } = needs;
  const frames = createFrames();
  const locate = createLocate(() => ({ past: steady.past, many: frames.counted() ? 'counted' : undefined }));
  const steady = createSteady({ ...needs, place: syslogOrigin(from, way), locate });
  /** Bytes are on their way to the topic; some came since the last look; none did; what has no end was shown. */
  let state: 'busy' | 'fresh' | 'quiet' | 'shown' = 'shown';

  const send = async (bytes: Buffer): Promise<void> => {
    for (let at = 0; at < bytes.length; at += PIECE) await steady.send(bytes.subarray(at, at + PIECE));
  };
  const read = async (): Promise<void> => {
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      state = 'busy';
      const { bytes, ended, malformed } = frames.take(chunk);
      const isOpen = ended && bytes.length > 0 && bytes.at(-1) !== NEWLINE;
      const text = isOpen ? Buffer.concat([bytes, LINE_END]) : bytes;
      await send(text);
      for (const one of [text, chunk]) release(one);
      if (malformed) return turnAway(record);
      state = 'fresh';
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
  const show = (): void => {
    state = 'shown';
    void steady.peek().then((isDurable) => {
      if (!isDurable && state === 'shown') state = 'quiet';
    }, passNothing);
  };

  return {
    over: run(),
    peek() {
      if (state === 'fresh') state = 'quiet';
      else if (state === 'quiet' && !stop.aborted) show();
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

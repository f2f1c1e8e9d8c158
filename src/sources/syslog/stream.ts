import type { Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { Origin } from '../../core/origin.ts';
import { createLocate } from '../message-at.ts';
import { PIECE } from '../outlet.ts';
import { release } from '../release.ts';
import { createSteady, type SteadyNeeds } from '../steady.ts';
import { GivenUp } from '../waiting.ts';
import { createFrames, type Framed } from './frames.ts';
import { opened, Unreadable } from './opening.ts';
import { tellWrong } from './packed-message.ts';
import { LINE_END } from './passage.ts';
import type { TurnAway } from './turn-away.ts';

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
  readonly turnAway: TurnAway;
}

const NEWLINE = 0x0a;
const NOTHING = Buffer.alloc(0);
/** No chunk of a connection is longer: it was packed. */
const CHUNK = 64 * 1024;

export const syslogOrigin = (from: string, way: string): Origin =>
  Origin.parse({ source: 'syslog', locator: `syslog from ${from} (${way})`, receivedAt: 0 });

export const createSyslogStream = (needs: StreamNeeds): SyslogStream => {
  const { socket, way, from, stop, turnAway } = needs;
  const sender = `${from} (${way})`;
  const frames = createFrames((most) => steady.past.last(most));
  const locate = createLocate(() => ({ past: steady.past, many: frames.counted() ? 'counted' : undefined }));
  const steady = createSteady({ ...needs, place: syslogOrigin(from, way), locate });
  /** Bytes are on their way to the topic; some came since the last look; none did; what has no end was shown. */
  let state: 'busy' | 'fresh' | 'quiet' | 'shown' = 'shown';

  const send = async ({ bytes, ended, wrong }: Framed): Promise<void> => {
    const isOpen = ended && bytes.length > 0 && bytes.at(-1) !== NEWLINE;
    const text = isOpen ? Buffer.concat([bytes, LINE_END]) : bytes;
    for (let at = 0; at < text.length; at += PIECE) await steady.send(text.subarray(at, at + PIECE));
    release(text);
    if (wrong) tellWrong(turnAway, wrong, sender);
    // Then it is more work than its sender has with it.
    if (wrong || bytes.length > CHUNK) await turn();
  };
  const read = async (): Promise<void> => {
    for await (const chunk of opened(socket.iterator() as AsyncGenerator<Buffer>)) {
      state = 'busy';
      for (const framed of frames.take(chunk)) {
        await send(framed);
        if (framed.malformed) throw new Unreadable('malformed', 'no count of a message');
      }
      release(chunk);
      state = 'fresh';
    }
  };
  const run = async (): Promise<void> => {
    try {
      // A connection that breaks off ends as one that is closed does: what came is all there is.
      await read().catch((error: unknown) => {
        if (error instanceof GivenUp) throw error;
        if (error instanceof Unreadable) turnAway.connection(error.reason, `${error.message}: ${sender}`);
      });
      await send(frames.rest());
      await steady.send(NOTHING, true);
    } catch (error) {
      passNothing(error);
    } finally {
      socket.destroy();
    }
  };
  const show = (): void => {
    state = 'shown';
    void steady.peek(frames.rest().bytes).then((isDurable) => {
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

const passNothing = (_: unknown): void => undefined;

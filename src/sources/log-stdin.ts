import { once } from 'node:events';
import type { Readable } from 'node:stream';
import type { Clock } from '../core/clock.ts';
import { Fault } from '../core/errors.ts';
import type { RecordFact } from '../core/facts.ts';
import type { Emit } from '../core/fragment.ts';
import { Origin } from '../core/origin.ts';
import { createLocate } from './message-at.ts';
import { PIECE } from './outlet.ts';
import type { Source } from './source.ts';
import { createSteady } from './steady.ts';
import { createFlowNames, GivenUp, unlessStopped } from './waiting.ts';

export interface LogStdinNeeds {
  readonly input: Readable;
  readonly clock: Clock;
  readonly record: RecordFact;
  /** How a person calls this stream. */
  readonly locator?: string;
}

const PEEK_AFTER_MS = 1_000;
const NEWLINE = 0x0a;
const NOTHING = Buffer.alloc(0);

/**
 * A stream that comes once, such as standard input. Not reading it is the back-pressure; what cannot be made durable is
 * tried until it can. `run` ends with the input. Errors: `Fault` `source.unreadable`.
 */
export const logStdin = ({ input, clock, record, locator = 'stdin' }: LogStdinNeeds): Source => ({
  name: 'stdin',
  replayable: false,
  async run(emit, stop) {
    const place = Origin.parse({ source: 'stdin', locator, receivedAt: 0 });
    const out = createLineOut({ emit, stop, clock, record, place });
    try {
      for (;;) {
        const chunk = await next(input, { clock, stop });
        if (chunk === 'end') {
          await out.end();
          return await record({ type: 'source.ended', source: 'stdin' });
        }
        if (chunk === 'silence') await out.peek();
        else await out.take(chunk);
      }
    } catch (error) {
      if (!(error instanceof GivenUp)) throw error;
    }
  },
});

interface Listening {
  readonly clock: Clock;
  readonly stop: AbortSignal;
}

/** The next bytes; `silence` when there were none for a while. Rejects with `GivenUp` when `stop` fires. */
const next = async (input: Readable, { clock, stop }: Listening): Promise<Buffer | 'end' | 'silence'> => {
  if (stop.aborted) throw new GivenUp();
  const read: unknown = input.read();
  if (read !== null) return Buffer.from(read as Uint8Array | string);
  if (input.errored) throw new Fault('source.unreadable', 'the input broke', input.errored);
  if (input.readableEnded || input.destroyed) return 'end';
  const heard = new AbortController();
  const { signal } = heard;
  const told = ['readable', 'end', 'close'].map((name) => once(input, name, { signal }).then(() => 'told' as const));
  const silent = clock.sleep(PEEK_AFTER_MS, signal).then(() => 'silence' as const);
  // An error of the input rejects `once`; it is read off `input.errored` in the next turn.
  const first = Promise.race([...told, silent]).catch(() => 'told' as const);
  const word = await unlessStopped(first, stop).finally(() => {
    heard.abort();
    for (const one of told) one.catch(() => undefined);
  });
  return word === 'silence' ? 'silence' : next(input, { clock, stop });
};

interface LineOutNeeds extends Listening {
  readonly emit: Emit;
  readonly record: RecordFact;
  readonly place: Origin;
}

interface LineOut {
  take(chunk: Buffer): Promise<void>;
  /** Shows what came last, without moving on: a line that has no end yet, and what may go over one. */
  peek(): Promise<void>;
  end(): Promise<void>;
}

/** Emits whole lines, and lines above 16 KiB in parts, as one flow. */
const createLineOut = (needs: LineOutNeeds): LineOut => {
  const locate = createLocate(() => ({ past, many: 'entries' }));
  const { past, send, peek } = createSteady({ ...needs, locate, nextFlow: createFlowNames('stdin') });
  let carry: Buffer = NOTHING;
  let shown = true;

  return {
    async take(chunk) {
      carry = carry.length === 0 ? chunk : Buffer.concat([carry, chunk]);
      shown = false;
      while (carry.length > 0) {
        const piece = carry.subarray(0, PIECE);
        const length = piece.lastIndexOf(NEWLINE) + 1 || (piece.length === PIECE ? PIECE : 0);
        if (length === 0) return;
        await send(piece.subarray(0, length));
        carry = carry.subarray(length);
      }
    },
    async peek() {
      if (!shown) shown = await peek(carry);
    },
    end: () => send(carry, true),
  };
};

import { once } from 'node:events';
import type { Readable } from 'node:stream';
import type { Clock } from '../core/clock.ts';
import { Fault } from '../core/errors.ts';
import type { RecordFact } from '../core/facts.ts';
import type { Emit } from '../core/fragment.ts';
import { Origin } from '../core/origin.ts';
import { PIECE } from './outlet.ts';
import type { Source } from './source.ts';
import { createFlowNames, GivenUp, unlessStopped } from './waiting.ts';

export interface LogStdinNeeds {
  readonly input: Readable;
  readonly clock: Clock;
  readonly record: RecordFact;
  /** How a person calls this stream. */
  readonly locator?: string;
}

/** Further than any key reaches, in any encoding that is looked into. */
const OVERLAP = 16 * 1024;
const PEEK_AFTER_MS = 1_000;
const TROUBLE_PAUSE = 1_000;
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
        if (chunk === 'end') return await out.end();
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
  /** Shows the line that has no end yet, without moving on. */
  peek(): Promise<void>;
  end(): Promise<void>;
}

/** Emits whole lines, and lines above 64 KiB in parts, as one flow. */
const createLineOut = (needs: LineOutNeeds): LineOut => {
  const nextFlow = createFlowNames('stdin');
  let flow = nextFlow();
  let carry: Buffer = NOTHING;
  /** The end of what was emitted, as far as a key may reach from there into what comes. */
  let before: Buffer = NOTHING;
  let shown = 0;

  const send = async (bytes: Buffer, last = false): Promise<void> => {
    let whole = bytes;
    while (!(await sent({ bytes: whole, flow, last }, needs))) {
      flow = nextFlow();
      whole = Buffer.concat([before, bytes]);
      await needs.clock.sleep(TROUBLE_PAUSE, needs.stop);
    }
    before = bytes.at(-1) === NEWLINE ? NOTHING : Buffer.from(bytes.subarray(-OVERLAP));
  };

  return {
    async take(chunk) {
      carry = carry.length === 0 ? chunk : Buffer.concat([carry, chunk]);
      shown = 0;
      while (carry.length > 0) {
        const piece = carry.subarray(0, PIECE);
        const length = piece.lastIndexOf(NEWLINE) + 1 || (piece.length === PIECE ? PIECE : 0);
        if (length === 0) return;
        await send(piece.subarray(0, length));
        carry = carry.subarray(length);
      }
    },
    async peek() {
      if (carry.length === shown) return;
      shown = carry.length;
      await sent({ bytes: Buffer.concat([before, carry]) }, needs);
    },
    end: () => send(carry, true),
  };
};

interface Part {
  readonly bytes: Uint8Array;
  readonly flow?: string;
  readonly last?: boolean;
}

/** Whether the part is durable now. */
const sent = async (part: Part, { emit, stop, clock, record, place }: LineOutNeeds): Promise<boolean> => {
  if (stop.aborted) throw new GivenUp();
  const begun = clock.monotonic();
  const fact = { type: 'source.accepted', source: 'stdin', bytes: part.bytes.length } as const;
  try {
    await unlessStopped(emit({ ...part, origin: { ...place, receivedAt: clock.now() } }), stop);
  } catch (error) {
    if (error instanceof GivenUp) throw error;
    return false; // The topic says why in a fault of its own.
  }
  // Facts of sources are not journaled, so nothing is lost with a rejection.
  void record({ ...fact, seconds: (clock.monotonic() - begun) / 1_000 }).catch(() => undefined);
  return true;
};

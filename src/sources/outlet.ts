import { setImmediate as turn } from 'node:timers/promises';
import type { Emit, Fragment } from '../core/fragment.ts';
import type { Origin } from '../core/origin.ts';
import { GivenUp, unlessStopped } from './waiting.ts';

/** The largest fragment a source makes, in bytes: small enough that scanning one never holds the event loop. */
export const PIECE = 16 * 1024;

/** After so many bytes the event loop gets its turn, even if nothing had to be waited for. */
const BREATH = 256 * 1024;

/** Where one call or one commit pours its text. Everything rejects as `emit` does, and with `GivenUp`. */
export interface Outlet {
  /** One whole text, however long. */
  text(bytes: Uint8Array, origin: Origin): Promise<void>;
  /** A text whose pieces are put one after the other. */
  open(origin: Origin): { put(bytes: Uint8Array): Promise<void>; end(): Promise<void> };
  /** A text that comes piece by piece; no more than one piece is held. */
  stream(chunks: AsyncIterable<Uint8Array>, origin: Origin): Promise<void>;
  /** Bytes poured so far. */
  poured(): number;
}

interface OutletNeeds {
  readonly emit: Emit;
  /** From here on nothing new is emitted. */
  readonly stop: AbortSignal;
  /** From here on nothing under way is waited for. */
  readonly giveUp: AbortSignal;
  /** A name that no other flow has. */
  nextFlow(): string;
}

export const createOutlet = ({ emit, stop, giveUp, nextFlow }: OutletNeeds): Outlet => {
  let total = 0;
  let sinceBreath = 0;

  const send = async (fragment: Fragment): Promise<void> => {
    if (stop.aborted || giveUp.aborted) throw new GivenUp();
    total += fragment.bytes.length;
    sinceBreath += fragment.bytes.length;
    await unlessStopped(emit(fragment), giveUp);
    if (sinceBreath < BREATH) return;
    sinceBreath = 0;
    await turn();
  };

  const stream = async (chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, origin: Origin): Promise<void> => {
    const flow = nextFlow();
    for await (const bytes of joined(chunks)) await send({ bytes, origin, flow });
    await send({ bytes: new Uint8Array(), origin, flow, last: true });
  };

  const open = (origin: Origin): ReturnType<Outlet['open']> => {
    const held = createHeld();
    let flow: string | undefined;
    return {
      async put(bytes) {
        for (const piece of held.add(bytes)) {
          flow ??= nextFlow();
          await send({ bytes: piece, origin, flow });
        }
      },
      end: () => send({ bytes: held.rest(), origin, ...(flow && { flow, last: true }) }),
    };
  };

  return {
    open,
    text: (bytes, origin) => (bytes.length <= PIECE ? send({ bytes, origin }) : stream([bytes], origin)),
    stream,
    poured: () => total,
  };
};

/** The same bytes in pieces of at most `PIECE`, small chunks joined, so that 1-byte chunks do not cost a fragment each. */
async function* joined(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const held = createHeld();
  for await (const chunk of chunks) yield* held.add(chunk);
  const rest = held.rest();
  if (rest.length > 0) yield rest;
}

/** Less than a piece of bytes, until there is a whole one. */
const createHeld = () => {
  let parts: Uint8Array[] = [];
  let size = 0;
  const rest = (): Uint8Array => {
    const bytes = whole(parts);
    parts = [];
    size = 0;
    return bytes;
  };
  return {
    rest,
    *add(chunk: Uint8Array): Generator<Uint8Array> {
      for (let at = 0; at < chunk.length; ) {
        const part = chunk.subarray(at, at + PIECE - size);
        parts.push(part);
        size += part.length;
        at += part.length;
        if (size === PIECE) yield rest();
      }
    },
  };
};

const whole = (parts: readonly Uint8Array[]): Uint8Array => {
  const [first] = parts;
  return first && parts.length === 1 ? first : Buffer.concat(parts);
};

/** Runs `work` over the items, at most `width` at once; rejects with the first failure, after which none is begun. */
export const eachOf = async <T>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<void>,
): Promise<void> => {
  const rest = items.values();
  let failed = false;
  const lane = async (): Promise<void> => {
    for (const item of rest) {
      if (failed) return;
      await work(item);
    }
  };
  const lanes = Array.from({ length: Math.min(width, items.length) }, lane);
  await Promise.all(lanes).catch((error: unknown) => {
    failed = true;
    throw error;
  });
};

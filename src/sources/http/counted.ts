import type { IngressCall } from '../../core/ingress.ts';
import type { Origin } from '../../core/origin.ts';
import { peek } from '../peek.ts';
import { BadPacking, unpacked } from '../unpacked.ts';
import { GivenUp } from '../waiting.ts';
import type { Reading } from './dialect.ts';
import { MOST_MAGIC, packedAs, unpackOf } from './encodings.ts';
import type { Why } from './refusal.ts';
import type { Seat } from './room.ts';

/** One call that was let in. */
export interface Given {
  readonly call: IngressCall;
  readonly reading: Reading;
  readonly origin: Origin;
  /** In lower case; `''` when the format undoes it itself. */
  readonly encoding: string;
  /** Hears of bytes as they come, unpacked. */
  sent(bytes: number): void;
}

const whyOf = (error: unknown): Why => {
  if (error instanceof GivenUp) return 'busy';
  return error instanceof BadPacking ? 'packed' : 'cut-short';
};

/** The body as it is to be read: unpacked, seen, counted, and ended where it is wrong. */
export const createCounted = ({ call, reading, encoding: named, sent }: Given, seat: Seat, most: number) => {
  let bytes = 0;
  let packed = 0;
  let wrong: Why | undefined;

  async function* came(): AsyncGenerator<Uint8Array> {
    for await (const chunk of seat.read(call.body)) {
      packed += chunk.length;
      if (packed > most) wrong = 'too-large';
      if (wrong) return;
      yield chunk;
    }
  }
  /** Unpacked by its name, or by what it begins with: some senders pack and do not say so. */
  const opened = async () => {
    if (unpackOf(named) !== 'none') return { encoding: named, body: came() };
    const { start, all } = await peek(came(), MOST_MAGIC);
    return { encoding: packedAs(start) || named, body: all };
  };
  async function* chunks({ encoding, body }: Awaited<ReturnType<typeof opened>>): AsyncGenerator<Uint8Array> {
    const unpack = unpackOf(encoding) ?? 'none';
    try {
      for await (const chunk of unpack === 'none' ? body : unpacked(body, unpack())) {
        bytes += chunk.length;
        if (bytes > most) wrong = 'too-large';
        if (wrong) return;
        sent(chunk.length);
        reading.see?.(chunk);
        yield chunk;
      }
    } catch (error) {
      // The sender went away or is too slow, or what it packed is broken; what came is scanned all the same.
      wrong ??= whyOf(error);
    }
  }
  return { opened, chunks, bytes: () => bytes, wrong: () => wrong };
};

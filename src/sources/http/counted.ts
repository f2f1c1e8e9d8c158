import type { IngressCall } from '../../core/ingress.ts';
import type { Origin } from '../../core/origin.ts';
import { peek } from '../peek.ts';
import { BadPacking, unpacked } from '../unpacked.ts';
import { GivenUp } from '../waiting.ts';
import type { Reading } from './dialect.ts';
import { packingOf, START } from './encodings.ts';
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
export const createCounted = ({ call, reading, encoding, sent }: Given, seat: Seat, most: number) => {
  let bytes = 0;
  let wrong: Why | undefined;
  /** Packed once more than is undone. */
  let deeper: Why | undefined;

  /** No more than that, of what came and of each layer of it: one may be large that has nothing in it. */
  async function* within(layer: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    let came = 0;
    for await (const chunk of layer) {
      came += chunk.length;
      if (came > most) wrong = 'too-large';
      if (wrong) return;
      yield chunk;
    }
  }
  /** Unpacked by its name, and by what it begins with, once: some senders pack and do not say so, or send packed files. */
  const opened = async (room: (bytes: number) => Promise<void>) => {
    let { start, all: body } = await peek(within(seat.read(call.body)), START);
    let isBare = true;
    for (const name of new Set([encoding, ''])) {
      const packing = packingOf(name, start);
      if (!packing) continue;
      await room(packing.holds);
      ({ start, all: body } = await peek(within(unpacked(body, packing.unpack())), START));
      isBare = false;
    }
    if (!isBare && packingOf('', start)) deeper = 'packed';
    return { isBare, body };
  };
  async function* chunks(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of body) {
        bytes += chunk.length;
        sent(chunk.length);
        reading.see?.(chunk);
        yield chunk;
      }
    } catch (error) {
      // The sender went away or is too slow, or what it packed is broken; what came is scanned all the same.
      wrong ??= whyOf(error);
    }
  }
  return { opened, chunks, bytes: () => bytes, wrong: () => wrong ?? deeper };
};

import { createSocket } from 'node:dgram';
import * as z from 'zod';
import type { Clock } from '../../core/clock.ts';
import type { Fact } from '../../core/facts.ts';
import type { Emit, Fragment } from '../../core/fragment.ts';
import { createBatch, type Taken, takenOf } from '../batch.ts';
import { placeOf, withoutHit } from '../log-place.ts';
import { PIECE } from '../outlet.ts';
import { rememberLast } from '../payload/remember.ts';
import type { Spool, Spooled } from '../spool.ts';
import { bindFault, type Ear, type ListenAt, plainAddress } from './connections.ts';
import type { Losses } from './losses.ts';
import { syslogOrigin } from './stream.ts';

export interface DatagramsNeeds {
  readonly emit: Emit;
  readonly stop: AbortSignal;
  readonly clock: Clock;
  readonly spool: Spool;
  readonly losses: Losses;
  note(fact: Fact): void;
}

/** Datagrams on their way to the topic, or to the spool when that takes too long. */
export interface Datagrams {
  take(message: Uint8Array, from: string): void;
  /** Called now and then: what has waited too long for the topic goes into the spool. */
  sweep(): void;
  /** What is not durable goes into the spool; resolves when it is there. */
  close(): Promise<void>;
}

interface Waiting {
  readonly taken: Taken<string>;
  readonly receivedAt: number;
  readonly since: number;
  durable: boolean;
  /** Its row in the spool. */
  row?: number;
}

/** How long the topic may take before a batch is safer in the spool. */
const PATIENCE_MS = 250;
const MOST_OUTSTANDING = 8;

export const createDatagrams = ({ emit, stop, clock, spool, losses, note }: DatagramsNeeds): Datagrams => {
  const batch = createBatch<string>(PIECE);
  const waiting = new Set<Waiting>();
  const rescues = createRescues(spool, losses);
  let outstanding = 0;
  let turning = false;

  const rescue = (one: Waiting): void => {
    waiting.delete(one);
    rescues.add(one);
  };
  const send = async (one: Waiting): Promise<void> => {
    outstanding += 1;
    try {
      await emit(fragmentOf(one.taken, one.receivedAt));
      one.durable = true;
      waiting.delete(one);
      if (one.row !== undefined) spool.forget(one.row);
      note(acceptedOf(one, clock));
    } catch {
      if (waiting.has(one)) rescue(one); // The topic says why in a fault of its own.
    } finally {
      outstanding -= 1;
    }
  };
  const flush = (): void => {
    turning = false;
    if (batch.count === 0) return;
    const one: Waiting = { taken: batch.take(), receivedAt: clock.now(), since: clock.monotonic(), durable: false };
    waiting.add(one);
    if (outstanding < MOST_OUTSTANDING && !stop.aborted) void send(one);
    else rescue(one);
  };

  return {
    take(message, from) {
      if (!batch.add(message, from)) {
        flush();
        batch.add(message, from);
      }
      if (!turning) setImmediate(flush);
      turning = true;
    },
    sweep() {
      const late = clock.monotonic() - PATIENCE_MS;
      for (const one of waiting) if (one.since <= late) rescue(one);
    },
    async close() {
      flush();
      for (const one of waiting) rescue(one);
      await rescues.done();
    },
  };
};

const acceptedOf = ({ taken, since }: Waiting, clock: Clock): Fact => ({
  ...{ type: 'source.accepted', source: 'syslog', bytes: taken.bytes.length },
  seconds: (clock.monotonic() - since) / 1_000,
});

/** Emits what comes out of the spool. Rejects as `emit` does. */
export const createPour =
  (emit: Emit) =>
  ({ bytes, receivedAt }: Spooled): Promise<void> =>
    emit(fragmentOf(unpacked(bytes), receivedAt));

/** Batches on their way to the spool. */
const createRescues = (spool: Spool, losses: Losses) => {
  const under = new Set<Promise<void>>();
  const save = async (one: Waiting): Promise<void> => {
    const { taken, receivedAt } = one;
    const end = await spool.add({ bytes: packed(taken), lines: taken.count, receivedAt });
    if (typeof end === 'string') losses.add(end, taken.count);
    else if (one.durable) spool.forget(end);
    else one.row = end;
  };
  return {
    add(one: Waiting): void {
      const saved = save(one);
      under.add(saved);
      void saved.finally(() => under.delete(saved));
    },
    done: () => Promise.all(under),
  };
};

const fragmentOf = (taken: Taken<string>, receivedAt: number): Fragment => {
  const placeIn = rememberLast(({ message }: Read) => placeOf(message, receivedAt));
  return {
    bytes: taken.bytes,
    origin: { ...syslogOrigin(taken.abouts[0] ?? 'unknown', 'udp'), receivedAt },
    locate: (place) => {
      const { about, message } = taken.at(place) ?? {};
      if (about === undefined || message === undefined) return undefined;
      const hit = taken.bytes.subarray(place.offset, place.offset + place.length);
      const log = withoutHit(placeIn({ from: message.byteOffset, message }), hit);
      return { ...syslogOrigin(about, 'udp'), receivedAt, log };
    },
  };
};

interface Read {
  readonly from: number;
  readonly message: Uint8Array;
}

const Head = z.object({ starts: z.array(z.number()), abouts: z.array(z.string()) });

/** A batch as one text: the length of its head (4 bytes, big-endian), where messages begin and who sent them, as JSON; the bytes. */
const packed = ({ bytes, starts, abouts }: Taken<string>): Uint8Array => {
  const head = Buffer.from(JSON.stringify({ starts, abouts }));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(head.length);
  return Buffer.concat([length, head, bytes]);
};

const unpacked = (text: Uint8Array): Taken<string> => {
  const all = Buffer.from(text.buffer, text.byteOffset, text.byteLength);
  const end = 4 + all.readUInt32BE();
  const { starts, abouts } = Head.parse(JSON.parse(all.toString('utf8', 4, end)));
  return takenOf(all.subarray(end), starts, abouts);
};

/** As much as the kernel gives: what comes while we do something else waits there. */
const RECEIVE_BUFFER = 8 * 1024 * 1024;

/** Listens for datagrams. Errors: `Fault` `address.in-use`. */
export const listenForDatagrams = async (at: ListenAt, datagrams: Pick<Datagrams, 'take'>): Promise<Ear> => {
  const socket = createSocket({ type: at.host.includes(':') ? 'udp6' : 'udp4' });
  await new Promise<void>((resolve, reject) => {
    socket.once('error', (error) => {
      socket.close();
      reject(bindFault(error, at));
    });
    socket.bind({ address: at.host, port: at.port }, resolve);
  });
  socket.removeAllListeners('error').on('error', () => undefined); // One datagram that cannot be read is no reason to end.
  try {
    socket.setRecvBufferSize(RECEIVE_BUFFER);
  } catch {
    // Then what it is.
  }
  socket.on('message', (message, { address }) => datagrams.take(message, plainAddress(address)));
  return {
    port: socket.address().port,
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
};

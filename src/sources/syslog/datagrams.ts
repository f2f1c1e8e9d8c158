import { createSocket } from 'node:dgram';
import type { Clock } from '../../core/clock.ts';
import type { Fact } from '../../core/facts.ts';
import type { Emit, Fragment } from '../../core/fragment.ts';
import { createBatch, type Taken } from '../batch.ts';
import { createPlaceIn } from '../message-at.ts';
import { PIECE } from '../outlet.ts';
import type { Row, Spool } from '../spool.ts';
import { bindFault, type Ear, type ListenAt, plainAddress } from './connections.ts';
import type { Losses } from './losses.ts';
import { packed, unpacked } from './packed.ts';
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
  take(message: Buffer, from: string): void;
  /** Called now and then: what has waited too long for the topic goes into the spool. */
  sweep(): void;
  /** Brings what comes out of the spool to the topic, unless it still is on its way there. Rejects as `emit` does. */
  pour(text: Row): Promise<void>;
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
  const sending = createSending(emit);
  let turning = false;

  const rescue = (one: Waiting): void => {
    waiting.delete(one);
    rescues.add(one);
  };
  const send = async (one: Waiting): Promise<void> => {
    try {
      await sending.add(one);
      one.durable = true;
      waiting.delete(one);
      if (one.row !== undefined) spool.forget(one.row);
      note(acceptedOf(one, clock));
    } catch {
      if (waiting.has(one)) rescue(one); // The topic says why in a fault of its own.
    }
  };
  const flush = (): void => {
    turning = false;
    if (batch.count === 0) return;
    const one: Waiting = { taken: batch.take(), receivedAt: clock.now(), since: clock.monotonic(), durable: false };
    waiting.add(one);
    if (sending.count() < MOST_OUTSTANDING && !stop.aborted) void send(one);
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
    pour: sending.pour,
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

/** Batches on their way to the topic. */
const createSending = (emit: Emit) => {
  const under = new Map<Waiting, Promise<void>>();
  return {
    count: () => under.size,
    async add(one: Waiting): Promise<void> {
      const sent = emit(fragmentOf(one.taken, one.receivedAt));
      under.set(one, sent);
      await sent.finally(() => under.delete(one));
    },
    async pour({ id, bytes, receivedAt }: Row): Promise<void> {
      const sent = [...under].find(([{ row }]) => row === id)?.[1];
      await (sent ?? emit(fragmentOf(unpacked(bytes), receivedAt)));
    },
  };
};

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
  const placeIn = createPlaceIn(receivedAt);
  return {
    bytes: taken.bytes,
    origin: { ...syslogOrigin(taken.abouts[0] ?? 'unknown', 'udp'), receivedAt },
    locate: (place) => {
      const { about, message } = taken.at(place) ?? {};
      if (about === undefined || message === undefined) return undefined;
      return { ...syslogOrigin(about, 'udp'), receivedAt, log: placeIn(message) };
    },
  };
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

import type { Certificates } from '../../core/certificates.ts';
import type { Clock } from '../../core/clock.ts';
import type { Fact, RecordFact } from '../../core/facts.ts';
import type { Emit } from '../../core/fragment.ts';
import type { Seal } from '../../core/seal.ts';
import type { Store } from '../../core/store.ts';
import type { Source } from '../source.ts';
import { createSpool } from '../spool.ts';
import { createFlowNames, stopped } from '../waiting.ts';
import { type ConnectionsNeeds, type Ear, type ListenAt, listenForConnections } from './connections.ts';
import { createDatagrams, type Datagrams, listenForDatagrams } from './datagrams.ts';
import { createKernelDrops } from './kernel-drops.ts';
import { createLosses, type Losses } from './losses.ts';
import { createReading } from './packed-message.ts';
import { createSyslogStream, type StreamNeeds, type SyslogStream } from './stream.ts';
import { createTurnAway } from './turn-away.ts';

export interface SyslogNeeds {
  readonly udp?: ListenAt | undefined;
  readonly tcp?: ListenAt | undefined;
  readonly tls?: (ListenAt & { readonly certificates: Certificates }) | undefined;
  readonly store: Store;
  readonly seal: Seal;
  readonly clock: Clock;
  readonly record: RecordFact;
  /** Room for what came by UDP while the topic was away. */
  readonly spoolBytes: number;
  /** How often the kernel is asked what it dropped (ms). */
  readonly kernelEveryMs?: number;
}

export type SyslogPorts = Readonly<Partial<Record<'udp' | 'tcp' | 'tls', number>>>;

export interface SyslogSource extends Source {
  readonly listening: Promise<SyslogPorts>;
}

const SWEEP_MS = 100;
const SECOND_MS = 1_000;
const KERNEL_MS = 2_000;

/**
 * Syslog as it comes: over UDP (RFC 5426), TCP (RFC 6587) and TLS (RFC 5425), in whatever format. The raw bytes are
 * scanned; only a message in which something was found is looked at. Senders by TCP and TLS wait while the topic does;
 * what came by UDP meanwhile goes into the spool. Errors: `Fault` `address.in-use`.
 */
export const syslog = (needs: SyslogNeeds): SyslogSource => {
  const { promise: listening, resolve } = Promise.withResolvers<SyslogPorts>();
  return {
    name: 'syslog',
    replayable: false,
    listening,
    async run(emit, stop) {
      const over = new AbortController();
      const house = openHouse(needs, emit, AbortSignal.any([stop, over.signal]));
      try {
        resolve(await house.listen());
        await stopped(stop);
      } finally {
        over.abort();
        await house.close();
      }
    },
  };
};

const openHouse = (needs: SyslogNeeds, emit: Emit, stop: AbortSignal) => {
  const { clock, spoolBytes, kernelEveryMs = KERNEL_MS } = needs;
  // Facts of sources are not journaled, so nothing is lost with a rejection.
  const note = (fact: Fact): void => void needs.record(fact).catch(() => undefined);
  const losses = createLosses(note);
  const spool = createSpool({ ...needs, most: spoolBytes, note });
  const turnAway = createTurnAway(needs);
  const datagrams = createDatagrams({ emit, stop, clock, spool, losses, note });
  const read = createReading(turnAway);
  const take: Datagrams['take'] = (message, from) => datagrams.take(read(message, from), from);
  const streams = createStreams({ ...needs, emit, stop, turnAway });
  const every = async (ms: number, work: () => unknown): Promise<void> => {
    for (await clock.sleep(ms, stop); !stop.aborted; await clock.sleep(ms, stop)) await work();
  };
  const ears: Ear[] = [];
  const loops: Promise<void>[] = [];

  return {
    async listen() {
      const ports = await bindAll(needs, {
        ears,
        datagrams: { take },
        hear: streams.hear,
        turnAway: turnAway.connection,
      });
      const drops = ports.udp === undefined ? undefined : createKernelWatch(ports.udp, losses);
      loops.push(
        every(SWEEP_MS, datagrams.sweep),
        every(SECOND_MS, () => [losses.tell(), streams.peek()]),
        every(kernelEveryMs, async () => drops?.()),
        spool.drain(datagrams.pour, stop),
      );
      return ports;
    },
    async close() {
      await Promise.all(ears.map((ear) => ear.close()));
      await Promise.all([streams.over(), ...loops]);
      await datagrams.close();
      losses.tell();
    },
  };
};

interface Hands {
  /** What was opened, to be closed even when the next cannot be. */
  readonly ears: Ear[];
  readonly datagrams: Pick<Datagrams, 'take'>;
  hear(way: string): ConnectionsNeeds['hear'];
  readonly turnAway: ConnectionsNeeds['turnAway'];
}

const bindAll = async ({ udp, tcp, tls }: SyslogNeeds, hands: Hands): Promise<SyslogPorts> => {
  const { ears, datagrams, hear, turnAway } = hands;
  const opened = async (ear: Promise<Ear>): Promise<number> => {
    ears.push(await ear);
    return (await ear).port;
  };
  const connections = (at: ListenAt, way: string, certificates?: Certificates): Promise<number> =>
    opened(listenForConnections({ at, certificates, turnAway, hear: hear(way) }));
  return {
    ...(udp && { udp: await opened(listenForDatagrams(udp, datagrams)) }),
    ...(tcp && { tcp: await connections(tcp, 'tcp') }),
    ...(tls && { tls: await connections(tls, 'tls', tls.certificates) }),
  };
};

type StreamsNeeds = Omit<StreamNeeds, 'nextFlow' | 'socket' | 'way' | 'from'>;

/** The connections that are open. */
const createStreams = (needs: StreamsNeeds) => {
  const nextFlow = createFlowNames('syslog');
  const open = new Set<SyslogStream>();
  return {
    hear:
      (way: string): ConnectionsNeeds['hear'] =>
      (socket, from) => {
        const stream = createSyslogStream({ ...needs, nextFlow, socket, way, from });
        open.add(stream);
        void stream.over.then(() => open.delete(stream));
      },
    peek() {
      for (const stream of open) stream.peek();
    },
    over: () => Promise.all([...open].map(({ over }) => over)),
  };
};

/** What the kernel dropped since it was asked last. */
const createKernelWatch = (port: number, losses: Losses): (() => Promise<void>) => {
  const drops = createKernelDrops(port);
  let told = 0;
  return async () => {
    const now = (await drops()) ?? told;
    if (now > told) losses.add('kernel', now - told);
    told = now;
  };
};

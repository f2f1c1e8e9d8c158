import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { systemClock as clock } from '../../src/core/clock.ts';
import type { Store } from '../../src/core/store.ts';
import { type SyslogNeeds, syslog } from '../../src/sources/index.ts';
import { openStore } from '../../src/store.ts';
import { createSeal } from '../../src/topic/seal.ts';
import type { Bench, Subject } from '../source.contract.ts';

export const LOCAL = { host: '127.0.0.1', port: 0, setting: 'logs.syslog, SYSLOG' };
export const seal = createSeal([{ id: 'test', key: new Uint8Array(32).fill(7) }]);

/** A source with a store of its own, and what else a test may change. */
export const syslogIn = (store: Store, needs: Pick<SyslogNeeds, 'record'> & Partial<SyslogNeeds>) =>
  syslog({ store, seal, clock, spoolBytes: 64 * 1024 * 1024, ...needs });

export const counted = (message: string): string => `${Buffer.byteLength(message)} ${message}`;

/** Sends datagrams, none before the one before it is out, with a turn for who receives them in this process. */
export const createDatagramSender = () => {
  const socket = createSocket('udp4');
  let last = Promise.resolve();
  return {
    send(port: number, message: string | Uint8Array): Promise<void> {
      last = last.then(async () => {
        await new Promise((resolve) => socket.send(message, port, '127.0.0.1', resolve));
        await turn();
      });
      return last;
    },
    /** Sends at once, whoever receives it. */
    burst: (port: number, message: Uint8Array): Promise<void> =>
      new Promise((resolve) => socket.send(message, port, '127.0.0.1', () => resolve())),
    close: () => socket.close(),
  };
};

interface Way {
  readonly how: string;
  readonly counted?: 'malformed';
  frame(text: string): string;
  readonly garbage: Uint8Array | string;
}

const overTcp = ({ how, frame, garbage, ...way }: Way, scratch: () => string): Subject => ({
  name: 'syslog',
  replayable: false,
  how,
  async start({ record }): Promise<Bench> {
    const folder = scratch();
    const store = openStore(join(folder, 'db'), { reserveBytes: 0 });
    const source = syslogIn(store, { record, tcp: LOCAL });
    const open = async (): Promise<Socket> => {
      const { tcp = 0 } = await source.listening;
      const socket = connect(tcp, '127.0.0.1').on('error', () => undefined);
      await once(socket, 'connect');
      return socket;
    };
    let socket = open();
    const write = (bytes: string | Uint8Array): Promise<void> =>
      socket.then((it) => new Promise((resolve) => it.write(bytes, () => resolve())));
    return {
      source,
      say: (text) => void write(frame(`<34>Oct 11 22:14:15 host app: ${text}`)),
      async garble() {
        await write(garbage);
        if (way.counted) socket = open();
      },
      ...way,
      async close() {
        (await socket).destroy();
        await store.close();
        rmSync(folder, { recursive: true });
      },
    };
  },
});

/** The subjects of the compliance suite. */
export const syslogSubjects = (scratch: () => string): readonly Subject[] => [
  overTcp(
    {
      how: ' over TCP, counted',
      counted: 'malformed',
      frame: counted,
      garbage: `${counted('<34>1 - - - - - - a message')}not a count <34>`,
    },
    scratch,
  ),
  overTcp(
    {
      how: ' over TCP, by lines',
      frame: (text) => `${text}\n`,
      garbage: Buffer.from([0, 0xff, 0xfe, 0xc3, 0x0a, 0, 0xd8, 0x0a]),
    },
    scratch,
  ),
  {
    name: 'syslog',
    replayable: false,
    spools: true,
    how: ' over UDP',
    async start({ record }): Promise<Bench> {
      const folder = scratch();
      const store = openStore(join(folder, 'db'), { reserveBytes: 0 });
      const source = syslogIn(store, { record, udp: LOCAL });
      const sender = createDatagramSender();
      const send = async (message: string | Uint8Array): Promise<void> => {
        const { udp = 0 } = await source.listening;
        await sender.send(udp, message);
      };
      return {
        source,
        say: (text) => void send(`<34>Oct 11 22:14:15 host app: ${text}`),
        async garble() {
          await send('');
          await send(Buffer.from([0, 0xff, 0xfe, 0xc3, 0x0a, 0, 0xd8]));
        },
        async close() {
          sender.close();
          await store.close();
          rmSync(folder, { recursive: true });
        },
      };
    },
  },
];

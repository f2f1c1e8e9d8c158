import { once } from 'node:events';
import { appendFileSync, renameSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { KafkaCluster } from '../../test/support/kafka.ts';
import { openLogs } from '../../test/support/kafka-logs.ts';

/** One way in which keys leak into logs. */
export interface Way {
  readonly name: string;
  /** Whether what a daemon had not taken when it died comes again. */
  readonly replays: boolean;
  /** Settings of the daemon. */
  readonly env: Readonly<Record<string, string>>;
  /** Leaks lines with a key in each; resolves when all that can be sent again was taken. */
  leak(lines: AsyncIterable<string>): Promise<void>;
  /** Called when the daemon was killed. */
  buried?(): Promise<void>;
}

const AGAIN_MS = 40;

/** A log file that is renamed now and then, while a new one begins. */
export const fileWay = (dir: string): Way => {
  const path = `${dir}/app.log`;
  writeFileSync(path, '');
  return {
    ...{ name: 'file', replays: true, env: { LOG_FILES: `${dir}/*.log`, LOG_FROM_START: 'true' } },
    async leak(lines) {
      let count = 0;
      for await (const line of lines) {
        appendFileSync(path, line);
        count += 1;
        if (count % 200 === 0) renameSync(path, `${path.slice(0, -'.log'.length)}-${count}.log`);
      }
    },
  };
};

/** A body at a time by `POST /logs`, until it is acknowledged. */
export const httpWay = (url: () => string | undefined): Way => ({
  ...{ name: 'http', replays: true, env: {} },
  async leak(lines) {
    for await (const line of lines) while (!(await isAcknowledged(`${url()}/logs`, line))) await pause(AGAIN_MS);
  },
});

const isAcknowledged = (url: string, body: string): Promise<boolean> =>
  fetch(url, { method: 'POST', headers: { 'content-type': 'text/plain' }, body }).then(
    ({ ok }) => ok,
    () => false,
  );

/** A log topic with three partitions, on brokers that nobody kills. */
export const kafkaWay = async ({ bootstrap }: KafkaCluster): Promise<Way & AsyncDisposable> => {
  const logs = await openLogs(bootstrap);
  const topic = await logs.create(logs.name('app'), { partitions: 3, packed: 'lz4' });
  const [host = '', port = ''] = (bootstrap[0] ?? '').split(':');
  return {
    ...{ name: 'kafka', replays: true },
    env: { LOG_KAFKA_TOPICS: topic, LOG_KAFKA_BROKERS: bootstrap.join(), LOG_KAFKA_GROUP: logs.group },
    async leak(lines) {
      for await (const line of lines) await logs.write(topic, [{ key: '', value: line }]);
    },
    // What the group does by itself when the session of a dead member is over, in 30 s: the next one would be dead by then.
    async buried() {
      const { groups } = await logs.admin.describeGroups([logs.group]);
      const dead = groups.flatMap(({ members }) => members.map(({ memberId }) => memberId));
      for (const member of dead) await leaveGroup({ host, port: Number(port) }, logs.group, member);
    },
    [Symbol.asyncDispose]: logs.close,
  };
};

/** https://kafka.apache.org/protocol#The_Messages_LeaveGroup, version 0 */
const leaveGroup = async (at: { host: string; port: number }, group: string, member: string): Promise<void> => {
  const header = Buffer.from([0, 13, 0, 0, 0, 0, 0, 1]);
  const body = Buffer.concat([header, ...['bench', group, member].map(shortText)]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  const socket = connect(at);
  socket.write(Buffer.concat([length, body]));
  await once(socket, 'data');
  socket.destroy();
};

const shortText = (text: string): Buffer =>
  Buffer.concat([Buffer.from([text.length >> 8, text.length & 255]), Buffer.from(text)]);

/** Syslog over TCP from a sender that connects again, and cannot know what was not read. */
export const syslogWay = (port: number): Way => ({
  ...{ name: 'syslog over TCP', replays: false, env: { SYSLOG_TCP: `127.0.0.1:${port}` } },
  async leak(lines) {
    let socket: Socket | undefined;
    for await (const line of lines) {
      while (!socket?.writable) socket = await connected(port);
      socket.write(`<134>${line}`);
    }
    socket?.end();
  },
});

const connected = async (port: number): Promise<Socket | undefined> => {
  const socket = connect(port, '127.0.0.1').on('error', () => undefined);
  const open = await once(socket, 'connect').catch(() => undefined);
  if (!open) await pause(AGAIN_MS);
  return socket;
};

import { once } from 'node:events';
import { appendFileSync, renameSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
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
  /** Leaks keys, a `line()` each, until `stop` fires; resolves when all that can be sent again was taken. */
  leak(line: () => string, stop: AbortSignal): Promise<void>;
  /** Called when the daemon was killed. */
  buried?(): Promise<void>;
}

const HASTE_MS = 40;

/** A log file that is renamed now and then, while a new one begins. */
export const fileWay = (dir: string): Way => {
  const path = `${dir}/app.log`;
  writeFileSync(path, '');
  return {
    ...{ name: 'file', replays: true, env: { LOG_FILES: `${dir}/*.log`, LOG_FROM_START: 'true' } },
    async leak(line, stop) {
      for (let n = 1; !stop.aborted; n += 1) {
        appendFileSync(path, line());
        if (n % 200 === 0) renameSync(path, `${path.slice(0, -'.log'.length)}-${n}.log`);
        await pause(HASTE_MS);
      }
    },
  };
};

/** A body at a time by `POST /logs`, until it is acknowledged. */
export const httpWay = (url: () => string | undefined): Way => ({
  ...{ name: 'http', replays: true, env: {} },
  async leak(line, stop) {
    let body = line();
    for (let taken = false; !(stop.aborted && taken); await pause(HASTE_MS)) {
      if (taken) body = line();
      taken = await fetch(`${url()}/logs`, { method: 'POST', headers: { 'content-type': 'text/plain' }, body }).then(
        ({ ok }) => ok,
        () => false,
      );
    }
  },
});

/** A log topic with three partitions, on brokers that nobody kills. */
export const kafkaWay = async ({ bootstrap }: KafkaCluster): Promise<Way & AsyncDisposable> => {
  const logs = await openLogs(bootstrap);
  const topic = await logs.create(logs.name('app'), { partitions: 3, packed: 'lz4' });
  const [host = '', port = ''] = (bootstrap[0] ?? '').split(':');
  return {
    ...{ name: 'kafka', replays: true },
    env: { LOG_KAFKA_TOPICS: topic, LOG_KAFKA_BROKERS: bootstrap.join(), LOG_KAFKA_GROUP: logs.group },
    async leak(line, stop) {
      for (; !stop.aborted; await pause(HASTE_MS)) await logs.write(topic, [{ key: '', value: line() }]);
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
  async leak(line, stop) {
    while (!stop.aborted) {
      const socket = connect(port, '127.0.0.1').on('error', () => undefined);
      const open = await once(socket, 'connect').catch(() => undefined);
      for (; open && socket.writable && !stop.aborted; await pause(HASTE_MS)) socket.write(`<134>${line()}`);
      socket.end();
      await pause(HASTE_MS);
    }
  },
});

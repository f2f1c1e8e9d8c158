import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Pair } from '../certificates.ts';
import { kafkaJars } from './jars.ts';

/** Where one node of the cluster lives. */
export interface Place {
  readonly node: number;
  readonly host: string;
  readonly port: number;
  readonly controllerPort: number;
}

/** A door where clients sign in over TLS, beside the open one; by PLAIN or SCRAM-SHA-512. */
export interface SecureDoor {
  readonly port: number;
  readonly pair: Pair;
  readonly username: string;
  readonly password: string;
}

/** One running broker; every signal goes to its process id. */
export interface Broker {
  readonly address: string;
  readonly pid: number;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** SIGSTOP: alive for the kernel, silent for everyone else. */
  freeze(): void;
  thaw(): void;
  /** Starts a killed broker on its own data. Resolves when it accepts connections. */
  restart(): Promise<void>;
}

const JVM = ['-Xms256m', '-Xmx384m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Djava.awt.headless=true'];
const READY_MS = 90_000;

const LOGGING = `rootLogger.level=WARN
rootLogger.appenderRef.s.ref=S
appender.s.type=Console
appender.s.name=S
appender.s.layout.type=PatternLayout
appender.s.layout.pattern=%d{HH:mm:ss.SSS} %p %c{1} %m%n
`;

const properties = (place: Place, all: readonly Place[], logs: string): string => {
  const replicas = all.length;
  const minIsr = Math.min(2, replicas);
  return Object.entries({
    'process.roles': 'broker,controller',
    'node.id': place.node,
    'controller.quorum.voters': all.map(({ node, host, controllerPort }) => `${node}@${host}:${controllerPort}`).join(),
    listeners: `PLAINTEXT://${place.host}:${place.port},CONTROLLER://${place.host}:${place.controllerPort}`,
    'advertised.listeners': `PLAINTEXT://${place.host}:${place.port}`,
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
    'inter.broker.listener.name': 'PLAINTEXT',
    'log.dirs': logs,
    'num.network.threads': 2,
    'num.io.threads': 4,
    'auto.create.topics.enable': false,
    'group.initial.rebalance.delay.ms': 0,
    // So that what a killed member held is another's soon.
    'group.min.session.timeout.ms': 1_000,
    'offsets.topic.num.partitions': 3,
    'offsets.topic.replication.factor': replicas,
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': minIsr,
    'transaction.state.log.num.partitions': 1,
    'share.coordinator.state.topic.replication.factor': replicas,
    'share.coordinator.state.topic.min.isr': minIsr,
    'default.replication.factor': replicas,
    'min.insync.replicas': minIsr,
    // A dead leader is replaced in seconds, so that a fault story is short.
    'broker.session.timeout.ms': 3_000,
    'broker.heartbeat.interval.ms': 500,
    'replica.lag.time.max.ms': 5_000,
    ...(replicas === 1 && {
      // Lets a test refuse a role by an ACL; without one, everybody may do everything. Several voters could not elect
      // each other: the authorizer is ready only after an election.
      'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
      'allow.everyone.if.no.acl.found': true,
    }),
  })
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
};

const doorProperties = (place: Place, { port, username, password }: SecureDoor, keystore: string): string =>
  Object.entries({
    listeners: `PLAINTEXT://${place.host}:${place.port},CONTROLLER://${place.host}:${place.controllerPort},SECURE://${place.host}:${port}`,
    'advertised.listeners': `PLAINTEXT://${place.host}:${place.port},SECURE://${place.host}:${port}`,
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SECURE:SASL_SSL',
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': keystore,
    'listener.name.secure.sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-512',
    'listener.name.secure.plain.sasl.jaas.config': `org.apache.kafka.common.security.plain.PlainLoginModule required user_${username}="${password}";`,
    'listener.name.secure.scram-sha-512.sasl.jaas.config':
      'org.apache.kafka.common.security.scram.ScramLoginModule required;',
  })
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');

/** Ends `pid` and removes `folder` when this process is gone, however it went: the pipe closes with it. */
const watchdog = (pid: number, folder: string): (() => void) => {
  const script = 'read -r word; [ "$word" = over ] || { kill -9 "$1"; rm -rf "$2"; }';
  const dog = spawn('sh', ['-c', script, 'sh', String(pid), folder], { stdio: ['pipe', 'ignore', 'ignore'] });
  dog.stdin.on('error', () => undefined);
  return () => dog.stdin.end('over\n');
};

const accepts = ({ host, port }: Place): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (yes: boolean) => () => {
      socket.destroy();
      resolve(yes);
    };
    socket.once('connect', end(true)).once('error', end(false)).setTimeout(1_000, end(false));
  });

const ended = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

/** Formats the storage of one node and starts it; `folder` is the cluster's, removed if this process dies. */
export const startBroker = async (
  place: Place,
  cluster: {
    readonly id: string;
    readonly places: readonly Place[];
    readonly folder: string;
    readonly door?: SecureDoor;
  },
): Promise<Broker> => {
  const home = join(cluster.folder, String(place.node));
  const config = join(home, 'server.properties');
  await mkdir(home, { recursive: true });
  await writeFile(config, properties(place, cluster.places, join(home, 'log')));
  const { door } = cluster;
  if (door) {
    const keystore = join(home, 'keystore.pem');
    await writeFile(keystore, await Promise.all([readFile(door.pair.key), readFile(door.pair.cert)]));
    // A property that is given twice has its last value.
    await appendFile(config, doorProperties(place, door, keystore));
  }
  await writeFile(join(home, 'log4j2.properties'), LOGGING);
  const log4j = `-Dlog4j2.configurationFile=${join(home, 'log4j2.properties')}`;
  const java = [...JVM, log4j, '-cp', join(await kafkaJars(), '*')];
  const user = door ? ['--add-scram', `SCRAM-SHA-512=[name=${door.username},password=${door.password}]`] : [];
  // Joined by "=", for one id in 64 begins with a hyphen.
  const format = ['kafka.tools.StorageTool', 'format', `--cluster-id=${cluster.id}`, '-c', config, ...user];
  await promisify(execFile)('java', [...java, ...format]);

  const start = () => {
    const output = openSync(join(home, 'broker.log'), 'a');
    const child = spawn('java', [...java, 'kafka.Kafka', config], { stdio: ['ignore', output, output] });
    closeSync(output);
    const callOff = watchdog(child.pid ?? 0, cluster.folder);
    child.once('exit', callOff);
    return child;
  };
  const ready = async (child: ChildProcess): Promise<void> => {
    const deadline = Date.now() + READY_MS;
    while (!(await accepts(place))) {
      if (ended(child) || Date.now() > deadline) {
        throw new Error(
          `the broker did not start:\n${(await readFile(join(home, 'broker.log'), 'utf8')).slice(-2_000)}`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };

  let child = start();
  await ready(child);
  return {
    address: `${place.host}:${place.port}`,
    get pid() {
      return child.pid ?? 0;
    },
    async kill() {
      if (ended(child)) return;
      const exit = once(child, 'exit');
      child.kill('SIGKILL');
      await exit;
    },
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    async restart() {
      if (!ended(child)) throw new Error('kill it first');
      child = start();
      await ready(child);
    },
  };
};

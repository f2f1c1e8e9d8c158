import { spawn } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from './eventually.ts';

// Programs that ship logs, as Debian has them. None is a daemon of the machine: each is a child of its test, in the
// foreground, with all it writes in the test's folder.

const CACHE = process.env['KEYFUSE_TEST_CACHE'] ?? join(import.meta.dirname, '../../.cache');
/** Debian installs either rsyslog or syslog-ng: this one is unpacked beside, by syslog-ng.sh. */
const SYSLOG_NG = join(CACHE, 'syslog-ng/usr');
/** Built by otelcol.sh. */
const OTELCOL = join(CACHE, 'otelcol');

/** Where Debian puts a module of rsyslog; a path that is nowhere when it is not there. */
const moduleOf = (name: string): string => {
  const folders = existsSync('/usr/lib') ? readdirSync('/usr/lib').filter((one) => one.endsWith('-linux-gnu')) : [];
  const paths = folders.map((one) => join('/usr/lib', one, 'rsyslog', `${name}.so`));
  return paths.find((path) => existsSync(path)) ?? `${name}.so`;
};

const agents = {
  rsyslog: {
    files: ['/usr/sbin/rsyslogd', ...['lmnsd_ossl', 'lmnsd_gtls', 'omelasticsearch'].map(moduleOf)],
    install: 'Debian: rsyslog, rsyslog-openssl, rsyslog-gnutls, rsyslog-elasticsearch',
  },
  'syslog-ng': {
    files: [join(SYSLOG_NG, 'sbin/syslog-ng')],
    install: 'run test/support/syslog-ng.sh as root on Debian',
  },
  otelcol: {
    files: [OTELCOL],
    install: 'run test/support/otelcol.sh: it needs Go',
  },
  logrotate: { files: ['/usr/sbin/logrotate'], install: 'Debian: logrotate' },
} as const;

/** The line that says why an agent cannot be run here; undefined when it can. With `CI` set a missing one is a failure: it throws. */
export const agentOrWhy = (name: keyof typeof agents): string | undefined => {
  const { files, install } = agents[name];
  if (files.every((file) => existsSync(file))) return undefined;
  const why = `${name} is not tested: it is not on this machine (${install})`;
  if (process.env['CI']) throw new Error(why);
  process.stderr.write(`${why}\n`);
  return why;
};

export interface Agent {
  /** All that it wrote of itself. */
  output(): string;
  /** Gives it lines to ship, on a connection of their own. */
  feed(lines: readonly string[]): Promise<void>;
  stop(): Promise<void>;
}

interface Program {
  readonly pid: number;
  readonly ended: Promise<number | string>;
  output(): string;
  stop(): Promise<void>;
}

/** A child that is asked to end, and made to after two seconds. */
const startProgram = (file: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Program => {
  const child = spawn(file, args, { env: { PATH: process.env['PATH'], ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (piece: Buffer) => {
      output += piece.toString();
    });
  }
  const ended = new Promise<number | string>((resolve) => {
    child.once('error', (error) => resolve(String(error)));
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'unknown'));
  });
  return {
    pid: child.pid ?? 0,
    ended,
    output: () => output,
    async stop() {
      child.kill('SIGTERM');
      const late = new AbortController();
      const killing = pause(2_000, undefined, { signal: late.signal }).then(
        () => child.kill('SIGKILL'),
        () => false,
      );
      await ended;
      late.abort();
      await killing;
    },
  };
};

/** A message as an application gives it to its agent, RFC 5424: `app` chooses the way out. */
export const lineOf = (app: string, text: string): string =>
  `<131>1 2026-01-01T12:00:00.5Z web-1 ${app} 77 - - ${text}`;

/** rsyslog with these ways out (a ruleset); what is fed comes in by a socket in `dir`. */
export const startRsyslog = (dir: string, ruleset: string): Promise<Agent> => {
  const [config, socket] = [join(dir, 'rsyslog.conf'), join(dir, 'rsyslog.sock')];
  writeFileSync(
    config,
    `global(workDirectory="${dir}" net.enableDNS="off" maxMessageSize="64k")
module(load="imptcp")
module(load="omelasticsearch")
input(type="imptcp" path="${socket}" unlink="on" ruleset="out" name="in")
${ruleset}
`,
  );
  return ready(startProgram('/usr/sbin/rsyslogd', ['-n', '-f', config, '-i', join(dir, 'rsyslog.pid')]), socket);
};

/** syslog-ng with these statements; a source `in` gives what is fed. */
export const startSyslogNg = (dir: string, statements: string): Promise<Agent> => {
  const [config, socket] = [join(dir, 'syslog-ng.conf'), join(dir, 'syslog-ng.sock')];
  writeFileSync(
    config,
    `@version: 3.38
options { stats-freq(0); keep-hostname(yes); use-dns(no); ts-format(iso); frac-digits(3); time-reopen(1); log-msg-size(65536); };
source in { unix-stream("${socket}" flags(syslog-protocol)); };
${statements}
`,
  );
  const libraries = join(SYSLOG_NG, 'lib/syslog-ng');
  const modules = readdirSync(libraries).find((name) => /^\d/.test(name)) ?? '';
  const own = [`--persist-file=${dir}/ng.persist`, `--pidfile=${dir}/ng.pid`, `--control=${dir}/ng.ctl`];
  const args = ['-F', '--no-caps', `--module-path=${join(libraries, modules)}`, '-f', config, ...own];
  return ready(startProgram(join(SYSLOG_NG, 'sbin/syslog-ng'), args, { LD_LIBRARY_PATH: libraries }), socket);
};

/** The OpenTelemetry Collector with this configuration and this environment; it is fed by files. */
export const startOtelcol = async (dir: string, config: object, env: NodeJS.ProcessEnv): Promise<Program> => {
  const file = join(dir, 'otelcol.yaml');
  writeFileSync(file, JSON.stringify(config));
  const program = startProgram(OTELCOL, ['--config', file], env);
  let over = false;
  void program.ended.then(() => {
    over = true;
  });
  await eventually('the collector to run', () => {
    if (over) throw new Error(`the collector ended: ${program.output()}`);
    return program.output().includes('Everything is ready');
  });
  return program;
};

/** Resolves when the agent hears its socket. */
const ready = async (program: Program, socket: string): Promise<Agent> => {
  let over: number | string | undefined;
  void program.ended.then((code) => {
    over = code;
  });
  await eventually('the agent to hear', () => {
    if (over !== undefined) throw new Error(`the agent ended (${over}): ${program.output()}`);
    return feed(socket, []).then(
      () => true,
      () => false,
    );
  });
  return { output: program.output, feed: (lines) => feed(socket, lines), stop: program.stop };
};

const feed = (path: string, lines: readonly string[]): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once('error', reject).once('close', () => resolve());
    socket.end(lines.map((line) => `${line}\n`).join(''));
    socket.resume();
  });

/** A port that is free now, for a process that cannot say which it took. Below those that the kernel lends to clients. */
export const freePort = async (): Promise<number> => {
  for (;;) {
    const port = 12_000 + Math.floor(Math.random() * 20_000);
    const server = createServer();
    const free = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
    });
    if (free) return port;
  }
};

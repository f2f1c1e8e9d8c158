import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { eventually } from './eventually.ts';

const MAIN = fileURLToPath(new URL('../../dist/src/main.js', import.meta.url));

/** A daemon in a process of its own. */
export interface DaemonProcess {
  readonly pid: number;
  readonly ingressUrl: string;
  readonly opsUrl: string;
  readonly input: NodeJS.WritableStream;
  /** All it wrote, standard output and error. */
  output(): string;
  /** Resolves with the exit code, or the signal that ended it. */
  stop(signal: 'SIGTERM' | 'SIGKILL' | 'SIGINT'): Promise<number | string>;
  readonly ended: Promise<number | string>;
}

export const fresh = (): { secret: string; key: string } => ({
  secret: randomBytes(24).toString('hex'),
  key: randomBytes(32).toString('base64'),
});

const endOf = (child: ChildProcess): Promise<number | string> =>
  new Promise((resolve) => child.once('exit', (code, signal) => resolve(code ?? signal ?? 'unknown')));

/** Runs `node script args` with nothing in its environment but `env`. */
export const runScript = (script: string, args: readonly string[], env: Record<string, string>) => {
  const child = spawn(process.execPath, [script, ...args], { env: { PATH: process.env['PATH'] ?? '', ...env } });
  let output = '';
  child.stdout.on('data', (piece: Buffer) => {
    output += piece.toString();
  });
  child.stderr.on('data', (piece: Buffer) => {
    output += piece.toString();
  });
  child.stdin.on('error', () => undefined);
  return { child, output: () => output, ended: endOf(child) };
};

/** Runs one `keyfuse` command to its end. */
export const keyfuse = async (args: readonly string[], env: Record<string, string>, input = '') => {
  const { child, output, ended } = runScript(MAIN, args, env);
  child.stdin.end(input);
  return { exit: await ended, output: output() };
};

/** Starts `keyfuse run`, or a script that prints the same line, and waits until its doors are open. */
export const startDaemonProcess = async (
  env: Record<string, string>,
  { args = ['run'], script = MAIN }: { args?: readonly string[]; script?: string } = {},
): Promise<DaemonProcess> => {
  const { child, output, ended } = runScript(script, args, { PORT: '0', OPS_PORT: '0', ...env });
  let over = false;
  void ended.then(() => {
    over = true;
  });
  const urls = await eventually(
    `the daemon to start`,
    () => {
      if (over) throw new Error(`the daemon ended at start: ${output()}`);
      return /senders (http:\S+), metrics (http:\S+)\/metrics/.exec(output()) ?? undefined;
    },
    60_000,
  );
  return {
    pid: child.pid ?? 0,
    ingressUrl: urls[1] ?? '',
    opsUrl: urls[2] ?? '',
    input: child.stdin,
    output,
    ended,
    async stop(signal) {
      child.kill(signal);
      return ended;
    },
  };
};

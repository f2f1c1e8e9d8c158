import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './eventually.ts';

const CACHE = process.env['KEYFUSE_TEST_CACHE'] ?? join(import.meta.dirname, '../../.cache');
const VAULT = join(CACHE, 'vault');
const MOTO = join(CACHE, 'moto-5.2.1');

/** The line that says why a server cannot be run here; undefined when it can. With `CI` set that is a failure: it throws. */
const missing = (name: string, path: string): string | undefined => {
  if (existsSync(path)) return undefined;
  const why = `${name} is not tested: run test/support/stores.sh first.`;
  if (process.env['CI']) throw new Error(why);
  return why;
};
export const vaultOrWhy = (): string | undefined => missing('Vault', VAULT);
export const motoOrWhy = (): string | undefined => missing('AWS Secrets Manager', MOTO);

export interface StoreServer {
  readonly url: string;
  stop(): Promise<void>;
}

export const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

interface Started {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly url: string;
  /** Is it there? */
  readonly health: string;
}

const start = async ({ command, args, env, url, health }: Started): Promise<StoreServer> => {
  const home = mkdtempSync(join(tmpdir(), 'keyfuse-store-'));
  const child: ChildProcess = spawn(command, args, {
    env: { PATH: process.env['PATH'] ?? '', HOME: home, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (piece: Buffer) => (said += piece));
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
    rmSync(home, { recursive: true, force: true });
  };
  const isThere = async (): Promise<boolean> => {
    if (child.exitCode !== null) throw new Error(`${command} ended: ${said.slice(-2_000)}`);
    return fetch(`${url}${health}`).then(
      ({ ok }) => ok,
      () => false,
    );
  };
  await eventually(`${command} to answer`, isThere, 60_000).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return { url, stop };
};

/** The token that may do everything in a Vault of `startVault`. */
export const ROOT_TOKEN = 'root of the tests';

/** Vault in memory, with the key-value engine at `secret/`. */
export const startVault = async (port?: number): Promise<StoreServer> => {
  const at = `127.0.0.1:${port ?? (await freePort())}`;
  const args = ['server', '-dev', '-dev-no-store-token', `-dev-root-token-id=${ROOT_TOKEN}`];
  return start({
    ...{ command: VAULT, args: [...args, `-dev-listen-address=${at}`], env: {} },
    ...{ url: `http://${at}`, health: '/v1/sys/health' },
  });
};

/** AWS in memory. It takes any credentials until `/moto-api/reset-auth` says otherwise. */
export const startMoto = async (): Promise<StoreServer> => {
  const port = await freePort();
  const python = execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).trim();
  return start({
    command: python,
    args: ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)],
    env: { PYTHONPATH: MOTO },
    ...{ url: `http://127.0.0.1:${port}`, health: '/moto-api/data.json' },
  });
};

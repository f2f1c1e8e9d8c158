import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { extname } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Aim, Fault } from './faults.ts';
import type { EmulatedWorkosOptions, IssueKey } from './workos.ts';
import type { WorkosRoute } from './workos-api.ts';
import type { WorkosStats } from './workos-ledger.ts';
import type { RateLimit } from './workos-limit.ts';

export interface Stock {
  readonly organizations: number;
  readonly users: number;
  readonly each: number;
}

type Issued = { readonly id: string; readonly value: string };

/** An emulated WorkOS environment in its own process: the calls of EmulatedWorkos, each answered over a pipe. */
export interface SpawnedWorkos {
  readonly url: string;
  readonly credential: string;
  readonly pid: number;
  issueKey(key: IssueKey): Promise<Issued>;
  /** Makes `count` live keys of the default organization in one go. */
  issueKeys(count: number, name: string): Promise<readonly Issued[]>;
  /** Makes live keys of that many organizations and users (each of the first organization), so many for each of them. */
  stock(size: Stock): Promise<void>;
  setLatency(ms: number): Promise<void>;
  setRateLimit(limit: RateLimit | undefined): Promise<void>;
  inject(fault: Fault, aim?: Aim<WorkosRoute>): Promise<void>;
  clearFaults(): Promise<void>;
  stats(): Promise<WorkosStats>;
  validations(valueSha256: string): Promise<number>;
  sentValues(): Promise<ReadonlySet<string>>;
  refusedCredentials(): Promise<ReadonlySet<string>>;
  isLive(id: string): Promise<boolean>;
  deletedAt(id: string): Promise<number | undefined>;
  /** Ends the process and waits for its end. */
  close(): Promise<void>;
}

interface Reply {
  readonly id?: number;
  readonly url?: string;
  readonly is?: unknown;
  readonly error?: string;
}

type Waiting = { resolve(is: unknown): void; reject(error: Error): void };

/** A question over the pipe and its reply; every open question is rejected when the process ends. */
const createAsk = (child: ChildProcessWithoutNullStreams, onUrl: (url: string) => void) => {
  const waiting = new Map<number, Waiting>();
  let next = 0;
  createInterface({ input: child.stdout }).on('line', (line) => {
    const reply = JSON.parse(line) as Reply;
    if (reply.url !== undefined) onUrl(reply.url);
    const asker = waiting.get(reply.id ?? -1);
    waiting.delete(reply.id ?? -1);
    if (reply.error !== undefined) asker?.reject(new Error(reply.error));
    else asker?.resolve(reply.is);
  });
  child.once('exit', () => {
    for (const { reject } of waiting.values()) reject(new Error('the emulated WorkOS has ended'));
    waiting.clear();
  });
  return <T>(order: string, ...args: readonly unknown[]): Promise<T> =>
    new Promise((resolve, reject) => {
      next += 1;
      waiting.set(next, { resolve: (is) => resolve(is as T), reject });
      child.stdin.write(`${JSON.stringify({ id: next, do: order, with: args })}\n`);
    });
};

/** Starts an emulated WorkOS environment in its own process; it ends with `close`, or when this process does. */
export const spawnEmulatedWorkos = async (options: Omit<EmulatedWorkosOptions, 'now'>): Promise<SpawnedWorkos> => {
  // Compiled, this file and the one it starts end in .js alike.
  const entry = new URL('./workos-process.ts', import.meta.url).href.replace(/\.ts$/, extname(import.meta.url));
  const child = spawn(process.execPath, [fileURLToPath(entry)]);
  child.stderr.pipe(process.stderr);
  child.stdin.on('error', () => undefined);
  child.stdin.write(`${JSON.stringify(options)}\n`);
  const started = Promise.withResolvers<string>();
  child.once('error', started.reject);
  child.once('exit', (code) => started.reject(new Error(`the emulated WorkOS did not start: exit code ${code}`)));
  const ask = createAsk(child, started.resolve);
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const url = await started.promise;
  return {
    url,
    credential: options.credential,
    pid: child.pid ?? 0,
    issueKey: (key) => ask('issueKey', key),
    issueKeys: (count, name) => ask('issueKeys', count, name),
    stock: (size) => ask('stock', size),
    setLatency: (ms) => ask('setLatency', ms),
    setRateLimit: (limit) => ask('setRateLimit', limit),
    inject: (fault, aim) => ask('inject', fault, aim ?? {}),
    clearFaults: () => ask('clearFaults'),
    stats: () => ask('stats'),
    validations: (valueSha256) => ask('validations', valueSha256),
    sentValues: async () => new Set(await ask<string[]>('sentValues')),
    refusedCredentials: async () => new Set(await ask<string[]>('refusedCredentials')),
    isLive: (id) => ask('isLive', id),
    deletedAt: async (id) => (await ask<number | null>('deletedAt', id)) ?? undefined,
    close: async () => {
      child.stdin.end();
      const late = setTimeout(() => child.kill('SIGKILL'), 5000);
      await ended;
      clearTimeout(late);
    },
  };
};

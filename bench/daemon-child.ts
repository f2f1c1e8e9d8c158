import { fork } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Orders } from './daemon-process.ts';

/** The daemon's process, as its parent sees it. */
export interface DaemonChild {
  readonly pid: number;
  ask<K extends keyof Orders>(what: K, ...args: Parameters<Orders[K]>): Promise<Awaited<ReturnType<Orders[K]>>>;
  /** Stops the daemon in order; a process that does not end is killed. */
  close(): Promise<void>;
}

interface Reply {
  readonly id: number;
  readonly is?: unknown;
  readonly error?: string;
}
type Waiting = PromiseWithResolvers<unknown>;

const STOP_MS = 20_000;

/** `log`: the file that its standard output is; `profile`: a folder for its CPU profile. */
export const spawnDaemon = async (needs: { log: string; profile: string | undefined }): Promise<DaemonChild> => {
  const entry = fileURLToPath(new URL('./daemon-process.ts', import.meta.url));
  const log = await open(needs.log, 'a');
  const child = fork(entry, [], {
    execArgv: needs.profile ? ['--cpu-prof', `--cpu-prof-dir=${needs.profile}`] : [],
    stdio: ['ignore', log.fd, 'inherit', 'ipc'],
    serialization: 'advanced',
  });
  await log.close();
  const ended = once(child, 'exit');
  const waiting = new Map<number, Waiting>();
  let asked = 0;
  child.on('message', ({ id, is, error }: Reply) => {
    const waiter = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) waiter?.resolve(is);
    else waiter?.reject(new Error(error));
  });
  void ended.then(([code]) => {
    for (const { reject } of waiting.values()) reject(new Error(`the daemon has ended (${code})`));
  });

  const ask: DaemonChild['ask'] = (what, ...args) => {
    asked += 1;
    const answer = Promise.withResolvers<unknown>();
    waiting.set(asked, answer);
    child.send({ id: asked, do: what, with: args });
    return answer.promise as ReturnType<DaemonChild['ask']> as never;
  };
  return {
    pid: child.pid ?? 0,
    ask,
    async close() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
      void ask('stop').catch(() => undefined);
      await ended;
      clearTimeout(late);
    },
  };
};

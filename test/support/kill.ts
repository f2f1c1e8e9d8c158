import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const CHILD = join(import.meta.dirname, 'source-child.ts');

export interface Killable {
  /** What it said when it was ready. */
  readonly said: string;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
}

/** Starts a source in a process of its own and waits until it is ready. */
export const startChild = async (...args: string[]): Promise<Killable> => {
  const child: ChildProcess = spawn(process.execPath, [CHILD, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const gone = once(child, 'exit');
  if (!child.stdout) throw new Error('no output');
  const lines = createInterface(child.stdout);
  const [said] = (await Promise.race([once(lines, 'line'), gone])) as [unknown];
  if (typeof said !== 'string') throw new Error(`the child ended: ${String(said)}`);
  return {
    said,
    async kill() {
      child.kill('SIGKILL');
      await gone;
    },
  };
};

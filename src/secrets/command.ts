import { spawn } from 'node:child_process';
import type { Secret } from '../core/secret.ts';
import type { Environment } from './env.ts';
import type { Trouble } from './store.ts';

/** A program that takes a new key on its standard input; its words, without a shell. */
export interface Command {
  readonly words: readonly [string, ...string[]];
  readonly env: Environment;
  readonly deadlineMs: number;
}

/** What a program needs to run at all. Of our environment nothing else: credentials of ours stand there. */
const PASSED = ['PATH', 'HOME', 'LANG', 'TMPDIR'];

/**
 * `command:/path/to/program arg`. Exit 0 says that it has the key. What it prints is thrown away: it may be the key. Its errors
 * can be found in its own log.
 */
export const runCommand = ({ words: [program, ...args], env, deadlineMs }: Command, value: Secret) =>
  new Promise<Trouble | undefined>((resolve) => {
    const passed = Object.fromEntries(PASSED.flatMap((name) => (env[name] ? [[name, env[name]]] : [])));
    // A group of its own, so that what it started ends with it.
    const child = spawn(program, args, { env: passed, stdio: ['pipe', 'ignore', 'ignore'], detached: true });
    const failed = (why: string): void => resolve({ trouble: 'unreachable', why });
    const late = setTimeout(() => {
      failed(`the command did not end within ${deadlineMs / 1_000} s`);
      end(child.pid);
    }, deadlineMs);
    // It may end without reading; whether it has the key is for its exit code to say.
    child.stdin.on('error', () => undefined);
    child.once('error', ({ code }: NodeJS.ErrnoException) => {
      clearTimeout(late);
      failed(`the command cannot be started (${code ?? 'unknown'})`);
    });
    child.once('exit', (code, signal) => {
      clearTimeout(late);
      if (code === 0) resolve(undefined);
      else failed(`the command ended with ${code ?? signal}`);
    });
    child.stdin.end(value.expose());
  });

const end = (pid: number | undefined): void => {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // It has just ended.
  }
};

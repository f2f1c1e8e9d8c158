import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { State, Word } from './process.ts';

/** The sources in their process, as the bench sees them. */
export interface Sources extends AsyncDisposable {
  readonly ingressUrl: string;
  ask(word: Word): Promise<State>;
  /** The state once so many sightings were found. Errors: not in time. */
  until(found: number, mostMs?: number): Promise<State>;
}

const CHILD = join(import.meta.dirname, 'process.ts');
const MOST_MS = 180_000;

/** Starts the sources that these settings name. */
export const startSources = async (env: Readonly<Record<string, string>>): Promise<Sources> => {
  const dir = mkdtempSync(join(tmpdir(), 'keyfuse-bench-'));
  const child = fork(CHILD, { env: { ...settingsOf(dir), ...env }, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const first = await said(child);
  const ask = async (word: Word): Promise<State> => {
    const answer = said(child);
    child.send(word);
    return answer;
  };
  return {
    ingressUrl: first.ingressUrl,
    ask,
    async until(found, mostMs = MOST_MS) {
      for (const began = performance.now(); performance.now() - began < mostMs; ) {
        if ((await ask('count')).found >= found) return ask('state');
        await pause(20);
      }
      throw new Error(`not found within ${mostMs} ms`);
    },
    async [Symbol.asyncDispose]() {
      const over = once(child, 'exit');
      if (child.connected) child.send('end' satisfies Word);
      await over;
      rmSync(dir, { recursive: true, force: true });
    },
  };
};

const said = async (child: ChildProcess): Promise<State> => {
  const heard = new AbortController();
  const { signal } = heard;
  const over = once(child, 'exit', { signal }).then(() => Promise.reject(new Error('the sources ended by themselves')));
  try {
    const [state] = await Promise.race([once(child, 'message', { signal }), over]);
    return state as State;
  } finally {
    heard.abort();
    over.catch(() => undefined);
  }
};

const settingsOf = (dir: string): Readonly<Record<string, string>> => ({
  ...{ PATH: process.env['PATH'] ?? '', WORKOS_API_KEY: randomBytes(24).toString('hex'), LOG_LEVEL: 'error' },
  ...{ WEBHOOK_SECRET: randomBytes(24).toString('hex') },
  ...{ DATA_DIR: join(dir, 'data'), PORT: '0', OPS_PORT: '0', LOG_FROM_START: 'true' },
});

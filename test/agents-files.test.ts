import { execFile } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { sample } from '../src/core/sample.ts';
import { agentOrWhy } from './support/agents.ts';
import { scratch } from './support/benches.ts';
import { eventually } from './support/eventually.ts';
import { startLogDaemon } from './support/log-daemon.ts';
import { formats } from './support/log-formats.ts';

// Debian's logrotate, in each of its modes, turns files that are written to and followed.

const run = promisify(execFile);
const keyOf = (seed: string): string => `${'sk'}_${sample(seed, 40)}`;

/** What stands in the file of logrotate. The pattern of each matches the log alone, or what became of it too. */
const modes: Readonly<Record<string, { readonly says: string; readonly pattern: string }>> = {
  create: { says: 'create', pattern: 'app.log' },
  'create, all found': { says: 'create', pattern: 'app.log*' },
  nocreate: { says: 'nocreate', pattern: 'app.log' },
  compress: { says: 'create\ncompress', pattern: 'app.log' },
  'compress, all found': { says: 'create\ncompress', pattern: 'app.log*' },
  delaycompress: { says: 'create\ncompress\ndelaycompress', pattern: 'app.log*' },
  dateext: { says: 'create\ndateext\ndateformat -%Y%m%d-%s', pattern: 'app.log*' },
  olddir: { says: 'create\nolddir old\ncreateolddir 700', pattern: '{app.log,old/app.log*}' },
  copytruncate: { says: 'copytruncate', pattern: 'app.log' },
  'copytruncate, all found': { says: 'copytruncate', pattern: 'app.log*' },
  'copytruncate, compress': { says: 'copytruncate\ncompress', pattern: 'app.log' },
  copy: { says: 'copy', pattern: 'app.log' },
};

/** A service that writes a key in each line and opens its log anew when it is told to, as the script after a rotation waits for. */
const createWriter = (folder: string, mode: string) => {
  const [path, reopen] = [join(folder, 'app.log'), join(folder, 'reopen')];
  let file = openSync(path, 'a');
  const keys: string[] = [];
  return {
    keys,
    write(): void {
      if (existsSync(reopen)) {
        closeSync(file);
        file = openSync(path, 'a');
        rmSync(reopen);
      }
      const key = keyOf(`${mode} ${keys.length}`);
      keys.push(key);
      writeSync(file, `2026-01-01T12:00:00Z INFO shop: charged with token=${key}\n`);
    },
    close: () => closeSync(file),
  };
};

const createRotated = (dir: string, mode: string) => {
  const folder = join(dir, mode.replaceAll(/\W+/g, '-'));
  mkdirSync(folder);
  const { says = '', pattern = '' } = modes[mode] ?? {};
  const [config, reopen] = [join(folder, 'conf'), join(folder, 'reopen')];
  const waiting = `touch ${reopen}; n=0; while [ -e ${reopen} ] && [ $n -lt 500 ]; do sleep 0.01; n=$((n+1)); done`;
  const after = says.includes('copy') ? '' : `postrotate\n${waiting}\nendscript`;
  writeFileSync(config, `${folder}/app.log {\nrotate 99\n${says}\n${after}\n}\n`);
  const writer = createWriter(folder, mode);
  const texts = (at: string): readonly string[] =>
    readdirSync(at, { withFileTypes: true }).flatMap((entry) => {
      const path = join(at, entry.name);
      if (entry.isDirectory()) return texts(path);
      return entry.name.startsWith('app.log') ? [textOf(path)] : [];
    });
  return {
    ...{ mode, writer, pattern: join(folder, pattern) },
    async rotate(): Promise<void> {
      try {
        await run('/usr/sbin/logrotate', ['-f', '-s', join(folder, 'state'), config]);
      } catch (error) {
        // Two in one second have one name: the second is put off.
        if (!String(error).includes('already exists, skipping')) throw error;
        await pause(1_000);
        await this.rotate();
      }
    },
    /** Keys that logrotate kept: between its copy and its cut, some may be on no disk any more. */
    kept(): readonly string[] {
      const all = texts(folder).join('');
      return writer.keys.filter((key) => all.includes(key));
    },
    files: () => texts(folder).length,
  };
};

const textOf = (path: string): string => {
  const bytes = readFileSync(path);
  return String(path.endsWith('.gz') ? gunzipSync(bytes) : bytes);
};

(agentOrWhy('logrotate') ? test.skip : test)('logrotate in each mode loses no key that it keeps itself', async () => {
  const dir = scratch();
  const logs = Object.keys(modes).map((mode) => createRotated(dir, mode));
  const env = { LOG_FILES: logs.map(({ pattern }) => pattern).join(), LOG_FROM_START: 'true' };
  let writing = true;
  const writes = (async () => {
    for (; writing; await pause(10)) for (const { writer } of logs) writer.write();
  })();
  const daemon = await startLogDaemon(dir, env);
  /** Files are looked for once a second: no real rotation turns twice before all that was there is read. */
  const looked = async (): Promise<void> => {
    const there = logs.map(({ writer, kept }) => ({ writer, keys: kept(), next: writer.keys.length + 1 }));
    const seen = (key = ''): boolean => daemon.times(key) > 0;
    await eventually('a look at each', () =>
      there.every(({ writer, keys, next }) => seen(writer.keys[next]) && keys.every((key) => seen(key))),
    );
  };
  const rotate = () => Promise.all(logs.map((log) => log.rotate()));
  try {
    await looked();
    await rotate();
    await looked();
    await daemon.stop();
    await rotate();
    await pause(50);
    await daemon.start();
    await looked();
    await rotate();
    writing = false;
    await writes;
    for (const { mode, writer, kept, files } of logs) {
      const there = kept();
      if (!mode.startsWith('copytruncate'))
        expect({ mode, there: there.length }).toEqual({ mode, there: writer.keys.length });
      expect({ mode, files: files() }).toEqual({ mode, files: 4 });
      await daemon.once(there, 5_000).catch((error: unknown) => {
        throw new Error(`${mode}: ${String(error)}`);
      });
    }
    expect(daemon.facts.filter(({ type }) => type === 'source.unscanned')).toEqual([]);
  } finally {
    writing = false;
    await daemon.stop();
    for (const { writer } of logs) writer.close();
    rmSync(dir, { recursive: true });
  }
});

test('lines in the formats that there are, from a file and over HTTP', async () => {
  const dir = scratch();
  const path = join(dir, 'app.log');
  const textOfAll = (seed: string): string =>
    Object.entries(formats)
      .map(([name, format]) => `${format(keyOf(`${seed} ${name}`))}\n`)
      .join('');
  writeFileSync(path, textOfAll('file'));
  const daemon = await startLogDaemon(dir, { LOG_FILES: path, LOG_FROM_START: 'true' });
  try {
    const headers = { 'content-type': 'text/plain' };
    const answer = await fetch(`${daemon.url}/logs`, { method: 'POST', headers, body: textOfAll('http') });
    expect(answer.status).toBe(200);
    for (const name of Object.keys(formats)) {
      for (const seed of ['file', 'http']) {
        await daemon.once([keyOf(`${seed} ${name}`)], 5_000).catch((error: unknown) => {
          throw new Error(`${seed}, ${name}: ${String(error)}`);
        });
      }
    }
  } finally {
    await daemon.stop();
    rmSync(dir, { recursive: true });
  }
});

import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { lintSource } from '@secretlint/core';
import { creator } from '@secretlint/secretlint-rule-preset-recommend';
import { cpuSeconds, type Engine } from './engine.ts';

/** CPU seconds of a command, its start included. */
const cpuOf = (command: string, args: readonly string[]): number => {
  const timed = ['-c', 'TIMEFORMAT="%U %S"; time "$@" > /dev/null 2>/dev/null', 'bash', command, ...args];
  const { stderr } = spawnSync('bash', timed, { encoding: 'utf8', timeout: 120_000 });
  return stderr
    .trim()
    .split(' ')
    .reduce((sum, text) => sum + Number(text.replace(',', '.')), 0);
};

export const has = (command: string): boolean => spawnSync('which', [command]).status === 0;

/** Reads the files again and again in one run: what a start costs is measured by itself and taken off. */
const createCommand = (name: string, command: readonly [string, ...string[]], { file, size }: Piece): Engine => {
  const times = Math.ceil(2e8 / size);
  const [program, ...args] = command;
  return {
    name,
    bytes: size * times,
    async run() {
      const start = cpuOf(program, [...args, '/dev/null']);
      return Math.max(0.001, cpuOf(program, [...args, ...Array.from({ length: times }, () => file)]) - start);
    },
    close: () => undefined,
  };
};

interface Piece {
  readonly file: string;
  readonly size: number;
}

export const createLineCount = (file: string, size: number): Engine =>
  createCommand('wc -l', ['wc', '-l'], { file, size });

/** MB/s that it reaches is far below its best with many patterns: then it gets a small piece, once. */
const createSlow = (engine: Engine, size: number, run: () => number): Engine => ({
  ...engine,
  bytes: size,
  run: async () => run(),
});

/** Counts lines that fit, one thread, bytes and not characters as all others do. */
export const createRipgrep = (folder: string, text: Buffer, patterns: readonly string[]): Engine | undefined => {
  if (!has('rg')) return undefined;
  const size = Math.min(text.length, patterns.length <= 20 ? text.length : patterns.length <= 150 ? 8e6 : 5e5);
  const [list, file] = [join(folder, `rg-${patterns.length}.txt`), join(folder, 'rg-text')];
  const limits = ['--no-unicode', '--regex-size-limit', '2G', '--dfa-size-limit', '2G'];
  const accepted = patterns.filter((one) => spawnSync('rg', ['-q', ...limits, '-e', one, '/dev/null']).status !== 2);
  writeFileSync(list, accepted.join('\n'));
  writeFileSync(file, text.subarray(0, size));
  const args = ['-a', '-j1', '-c', '--no-config', ...limits, '-f', list] as const;
  const engine = createCommand('ripgrep', ['rg', ...args], { file, size });
  if (patterns.length <= 20) return engine;
  return createSlow(engine, size, () =>
    Math.max(0.001, cpuOf('rg', [...args, file]) - cpuOf('rg', [...args, '/dev/null'])),
  );
};

/** In this process, one call a megabyte. */
export const createSecretlint = (text: Buffer): Engine => {
  const bytes = Math.min(text.length, 4e6);
  const contents = Array.from({ length: Math.ceil(bytes / 1e6) }, (_, at) =>
    text.toString('utf8', at * 1e6, (at + 1) * 1e6),
  );
  const config = { rules: [{ id: '@secretlint/secretlint-rule-preset-recommend', rule: creator }] };
  return {
    name: 'Secretlint',
    bytes,
    async run() {
      const began = cpuSeconds();
      for (const content of contents)
        await lintSource({
          source: { content, filePath: 'bench.txt', ext: '.txt', contentType: 'text' },
          options: { noPhysicFilePath: true, config },
        });
      return cpuSeconds() - began;
    },
    close: () => undefined,
  };
};

/** The C program, built where the library's headers are; undefined where they are not. */
export const buildVectorscan = (folder: string): string | undefined => {
  if (!existsSync('/usr/include/hs/hs.h') || !has('gcc')) return undefined;
  const program = join(folder, 'vectorscan');
  execFileSync('gcc', ['-O2', '-o', program, join(import.meta.dirname, '../vectorscan.c'), '-lhs']);
  return program;
};

export interface Vectorscan extends Engine {
  readonly refused: number;
}

const COMPILE_MS = 240_000;

/** The same regular expressions, block mode, the whole text in memory. Undefined: not compiled in four minutes. */
export const startVectorscan = async (
  program: string,
  { folder, file, bytes }: { folder: string; file: string; bytes: number },
  patterns: readonly string[],
): Promise<Vectorscan | undefined> => {
  const list = join(folder, `hs-${patterns.length}.txt`);
  writeFileSync(list, `${patterns.join('\n')}\n`);
  const child = spawn(program, [list, file], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<readonly string[]> => String((await lines.next()).value ?? '').split(' ');
  const late = setTimeout(() => child.kill(), COMPILE_MS);
  const [ready, , refused] = await next();
  clearTimeout(late);
  if (ready !== 'ready') return undefined;
  return {
    name: 'Vectorscan',
    bytes,
    refused: Number(refused),
    async run() {
      child.stdin.write('\n');
      const [nanoseconds] = await next();
      return Number(nanoseconds) / 1e9;
    },
    close: () => void child.stdin.end(),
  };
};

import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { median } from '../numbers.ts';
import { commandLine } from '../truth/scan-run.ts';
import type { Sample } from './texts.ts';

interface Ran {
  readonly wall: number;
  readonly cpu: number;
  readonly peakMb: number;
}

/** Runs `keyfuse scan` on a file, and reads from the kernel what it took. */
const scanFile = async (file: string): Promise<Ran> => {
  const began = performance.now();
  const args = [commandLine(), 'scan', file, '--format', 'jsonl', '--fingerprint', 'sha256'];
  const script = 'TIMEFORMAT="%R %U %S"; time "$@" > /dev/null 2>/dev/null';
  const child = spawn('bash', ['-c', script, 'bash', process.execPath, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let times = '';
  child.stderr.on('data', (text: Buffer) => {
    times += text.toString();
  });
  let peak = 0;
  const watch = setInterval(() => {
    peak = Math.max(peak, peakOf(child.pid ?? 0));
  }, 10);
  await new Promise((resolve) => child.once('close', resolve));
  clearInterval(watch);
  const [wall = (performance.now() - began) / 1000, user = 0, system = 0] = times.trim().split(' ').map(Number);
  return { wall, cpu: user + system, peakMb: peak / 1024 };
};

/** Kilobytes of the largest child of a process so far. */
const peakOf = (parent: number): number => {
  try {
    const children = readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8').trim().split(' ').filter(Boolean);
    return Math.max(
      0,
      ...children.map((pid) => Number(/VmHWM:\s*(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0)),
    );
  } catch {
    return 0; // it has just ended
  }
};

/** A file of the three texts in turn; written just now, so its pages are in memory. */
const writeLarge = (file: string, samples: readonly Sample[], length: number): void => {
  const handle = openSync(file, 'w');
  for (let written = 0, turn = 0; written < length; turn += 1) {
    const bytes = samples[turn % samples.length]?.bytes ?? Buffer.alloc(1);
    written += writeSync(handle, bytes, 0, Math.min(bytes.length, length - written));
  }
  closeSync(handle);
};

export interface CommandRates {
  readonly startMs: number;
  /** MB/s of CPU time after the start. */
  readonly rate: number;
  /** MB/s by the clock, start included. */
  readonly wallRate: number;
  readonly peakMb: number;
}

/** `keyfuse scan` on a nearly empty file and on a large warm one. */
export const measureCommand = async (
  folder: string,
  { samples, length, rounds }: { samples: readonly Sample[]; length: number; rounds: number },
): Promise<CommandRates> => {
  const [small, large] = [join(folder, 'small.txt'), join(folder, 'large.txt')];
  writeFileSync(small, 'nothing\n');
  writeLarge(large, samples, length);
  const rans: (readonly [start: Ran, whole: Ran])[] = [];
  for (let round = 0; round < rounds; round += 1) rans.push([await scanFile(small), await scanFile(large)]);
  const of = (value: (start: Ran, whole: Ran) => number) => median(rans.map(([start, whole]) => value(start, whole)));
  return {
    startMs: of((start) => start.wall * 1000),
    rate: of((start, whole) => length / 1e6 / (whole.cpu - start.cpu)),
    wallRate: of((_, whole) => length / 1e6 / whole.wall),
    peakMb: of((_, whole) => whole.peakMb),
  };
};

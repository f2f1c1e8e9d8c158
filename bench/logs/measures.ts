import { execFile } from 'node:child_process';
import {
  appendFileSync,
  closeSync,
  mkdtempSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { detectorSettings, detectors } from '../../detectors/index.ts';
import { sample } from '../../src/core/sample.ts';
import { createEngine } from '../../src/scan/engine.ts';
import { ruleOf } from '../../src/scan/rule.ts';
import { machineMs, percentile } from '../numbers.ts';
import { cpuSeconds, createPass } from '../scan/engine.ts';
import { startSources } from './child.ts';
import { inPieces, postAll, streamTo } from './senders.ts';
import { asNdjson, asOtlpJson, asOtlpProtobuf, asSyslog, type LogText, makeLines } from './text.ts';

/** What one way of sending took of one core. */
export interface Rate {
  readonly way: string;
  readonly megabytes: number;
  readonly lines: number;
  /** CPU seconds of all threads. */
  readonly cpu: number;
  readonly peakMb: number;
}

const BODY = 8e6;
/** Longer than what a run of a source takes to be warm. */
const WARM = 100e6;

const inFolder = async <T>(work: (dir: string) => Promise<T>): Promise<T> => {
  const dir = mkdtempSync(join(tmpdir(), 'keyfuse-bench-'));
  try {
    return await work(dir);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
};

/** Registry's own example of a key. */
export const makeKey = (): string => {
  const [key = ''] =
    detectors(detectorSettings.parse({}))
      .find(({ id }) => id === 'workos-customer-key')
      ?.examples().ours ?? [];
  return key;
};

/** The scanner alone, on the same lines in memory. */
export const measureScanner = async ({ bytes, lines }: LogText): Promise<Rate> => {
  const pass = createPass(createEngine(detectors(detectorSettings.parse({})).map(ruleOf)));
  pass(bytes.subarray(0, WARM));
  const began = cpuSeconds();
  pass(bytes);
  return {
    way: 'the scanner alone, in memory',
    megabytes: bytes.length / 1e6,
    lines,
    cpu: cpuSeconds() - began,
    peakMb: 0,
  };
};

/** `wc -l`, which only reads and counts. */
export const measureWc = ({ bytes, lines }: LogText): Promise<Rate> =>
  inFolder(async (dir) => {
    const file = join(dir, 'app.log');
    writeFileSync(file, bytes);
    const script = 'TIMEFORMAT="%U %S"; time wc -l "$1" > /dev/null';
    const { stderr } = await promisify(execFile)('bash', ['-c', script, 'bash', file]);
    const cpu = stderr
      .trim()
      .split(' ')
      .map(Number)
      .reduce((sum, one) => sum + one, 0);
    return { way: 'wc -l, which only reads', megabytes: bytes.length / 1e6, lines, cpu, peakMb: 0 };
  });

/** A file that comes to a followed folder whole. */
export const measureFile = ({ bytes, lines, keys }: LogText): Promise<Rate> =>
  inFolder(async (dir) => {
    const warm = makeLines(WARM, makeKey);
    // Another beginning: the same one would make it a copy that is not read again.
    writeFileSync(join(dir, 'warm.log'), Buffer.concat([Buffer.from('warm\n'), warm.bytes]));
    await using sources = await startSources({ LOG_FILES: join(dir, '*.log') });
    await sources.until(warm.keys);
    writeFileSync(join(dir, 'app.part'), bytes);
    await sources.ask('begin');
    renameSync(join(dir, 'app.part'), join(dir, 'app.log'));
    const { cpu, peakMb } = await sources.until(keys);
    return { way: 'followed file', megabytes: bytes.length / 1e6, lines, cpu, peakMb };
  });

interface Post {
  readonly way: string;
  readonly path: string;
  readonly type: string;
  /** A text as one body. */
  body(text: LogText): Buffer;
}

const posts: readonly Post[] = [
  { way: 'POST /logs, NDJSON', path: '/logs', type: 'application/x-ndjson', body: asNdjson },
  { way: 'POST /v1/logs, JSON', path: '/v1/logs', type: 'application/json', body: asOtlpJson },
  { way: 'POST /v1/logs, protobuf', path: '/v1/logs', type: 'application/x-protobuf', body: asOtlpProtobuf },
];

/** The same body of about 8 MB again and again. */
export const measurePosts = async (length: number): Promise<readonly Rate[]> => {
  const text = makeLines(BODY, makeKey);
  const times = Math.ceil(length / BODY);
  const rates: Rate[] = [];
  for (const { way, path, type, body } of posts) {
    const bytes = body(text);
    await using sources = await startSources({});
    await postAll(
      `${sources.ingressUrl}${path}`,
      Array.from({ length: WARM / BODY }, () => bytes),
      { 'content-type': type },
    );
    await sources.ask('begin');
    await postAll(
      `${sources.ingressUrl}${path}`,
      Array.from({ length: times }, () => bytes),
      { 'content-type': type },
    );
    const { cpu, peakMb } = await sources.until(text.keys * times);
    rates.push({ way, megabytes: (bytes.length * times) / 1e6, lines: text.lines * times, cpu, peakMb });
  }
  return rates;
};

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
};

export const measureSyslog = async (text: LogText): Promise<readonly Rate[]> => {
  const rates: Rate[] = [];
  for (const framing of ['lines', 'counted'] as const) {
    const bytes = asSyslog(text, framing);
    const port = await freePort();
    await using sources = await startSources({ SYSLOG_TCP: `127.0.0.1:${port}` });
    await streamTo(port, inPieces(bytes.subarray(0, WARM)));
    await sources.ask('begin');
    await streamTo(port, inPieces(bytes));
    const { cpu, peakMb } = await sources.until(text.keys);
    const way = `syslog over TCP, ${framing === 'lines' ? 'a line each' : 'octet-counted'}`;
    rates.push({ way, megabytes: bytes.length / 1e6, lines: text.lines, cpu, peakMb });
  }
  return rates;
};

/** One line of so many bytes, a key at its end: most memory, MB. */
export const measureLongLine = (length: number): Promise<{ readonly file: number; readonly tcp: number }> =>
  inFolder(async (dir) => {
    const path = join(dir, 'app.log');
    const filler = Buffer.from(makeLines(1e6, makeKey).bytes.toString().replaceAll('\n', ' ').replaceAll('token=', ''));
    const last = Buffer.from(` token=${makeKey()}\n`);
    const handle = openSync(path, 'w');
    for (let written = 0; written < length; ) written += writeSync(handle, filler);
    writeSync(handle, last);
    closeSync(handle);
    await using files = await startSources({ LOG_FILES: path });
    const file = (await files.until(1)).peakMb;
    const port = await freePort();
    await using sockets = await startSources({ SYSLOG_TCP: `127.0.0.1:${port}` });
    const pieces = function* (): Generator<Buffer> {
      yield Buffer.from('<134>');
      for (let sent = 0; sent < length; sent += filler.length) yield filler;
      yield last;
    };
    await streamTo(port, pieces());
    return { file, tcp: (await sockets.until(1)).peakMb };
  });

const STEP_MS = 5;
/** A program that has just begun is compiled while it runs. */
const START_MS = 1_000;

/** Ms from the end of an append until the key in it was found, while so many bytes a second are appended. */
export const measureLatency = (
  perSecond: number,
  seconds: number,
): Promise<{ readonly p50: number; readonly p99: number }> =>
  inFolder(async (dir) => {
    const path = join(dir, 'app.log');
    const filler = makeLines((perSecond / 1_000) * STEP_MS, () => 'none').bytes;
    writeFileSync(path, '');
    await using sources = await startSources({ LOG_FILES: path });
    await pause(500);
    await sources.ask('begin');
    const written = new Map<number, number>();
    let size = 0;
    const began = performance.now();
    for (let step = 0; step * STEP_MS < seconds * 1_000; step += 1) {
      await pause(Math.max(0, began + step * STEP_MS - performance.now()));
      // A key of its own each time: the same one twice in a piece is one candidate.
      const line = Buffer.from(`token=${'sk'}_${sample(`latency ${step}`, 40)}\n`);
      appendFileSync(path, Buffer.concat([filler, line]));
      size += filler.length + line.length;
      written.set(size - line.length + 'token='.length, machineMs());
    }
    const { sightings } = await sources.until(written.size);
    const steady = Math.min(...written.values()) + START_MS;
    const times = sightings
      .map(([offset, at]) => [written.get(offset) ?? Number.NaN, at] as const)
      .filter(([from]) => !(from < steady))
      .map(([from, at]) => at - from);
    if (times.some(Number.isNaN)) throw new Error('a key was found where none was written');
    return { p50: percentile(times, 0.5), p99: percentile(times, 0.99) };
  });

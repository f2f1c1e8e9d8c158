import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ALNUM, createRandom, HEX, type Random } from '../truth/random.ts';

/** A text to scan. */
export interface Sample {
  readonly name: 'diffs' | 'logs' | 'sources';
  readonly bytes: Buffer;
}

/** Of a bundled program or a table of characters in one file, only so much: it is not what people write. */
const SHARE = 128 * 1024;

/** Files below a folder whose name fits, until there are enough bytes. */
const gather = (folder: string, fits: RegExp, most: number): Buffer => {
  const parts: Buffer[] = [];
  let length = 0;
  const walk = (path: string): void => {
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      if (length >= most) return;
      const inside = join(path, entry.name);
      if (entry.isDirectory()) walk(inside);
      else if (entry.isFile() && fits.test(entry.name)) {
        const bytes = readFileSync(inside).subarray(0, SHARE);
        parts.push(bytes);
        length += bytes.length;
      }
    }
  };
  walk(folder);
  return Buffer.concat(parts).subarray(0, most);
};

const repeated = (bytes: Buffer, length: number): Buffer =>
  Buffer.concat(Array.from({ length: Math.ceil(length / bytes.length) }, () => bytes)).subarray(0, length);

const diffsOf = (path: string | undefined, length: number): Buffer => {
  if (path === undefined) {
    // Without what is about keys: in no other project do their beginnings stand in every line.
    const ordinary = ['.', ...['detectors', 'test', 'bench', 'src/scan'].map((path) => `:!${path}`)];
    const own = execFileSync('git', ['log', '-p', '--no-color', '--no-ext-diff', '--', ...ordinary], {
      maxBuffer: 2 ** 30,
    });
    return repeated(own, length);
  }
  if (statSync(path).isFile()) return repeated(readFileSync(path), length);
  // A share of each file: the first alone would be one project.
  const files = readdirSync(path).filter((name) => statSync(join(path, name)).size > 0);
  const share = Math.ceil(length / files.length);
  return repeated(Buffer.concat(files.map((name) => readFileSync(join(path, name)).subarray(0, share))), length);
};

/** Lines as pino writes them: requests with trace ids, UUIDs, and now and then a payload in base64. */
const logLine = (random: Random, number: number): string => {
  const uuid = `${random.text(HEX, 8)}-${random.text(HEX, 4)}-4${random.text(HEX, 3)}-a${random.text(HEX, 3)}-${random.text(HEX, 12)}`;
  const req = {
    id: uuid,
    method: random.pick(['GET', 'POST', 'PUT']),
    url: `/v1/orders/${random.int(1e6)}?page=${random.int(40)}&sort=created`,
    headers: {
      host: 'api.orders.test',
      'user-agent': random.pick(['curl/8.5.0', 'Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/131.0', 'node']),
      traceparent: `00-${random.text(HEX, 32)}-${random.text(HEX, 16)}-01`,
    },
    remoteAddress: `10.${random.int(256)}.${random.int(256)}.${random.int(256)}`,
  };
  const extra = random.int(10) === 0 ? { payload: random.bytes(90 + random.int(300)).toString('base64') } : {};
  const res = { statusCode: random.pick([200, 201, 204, 304, 404, 500]), etag: `W/"${random.text(ALNUM, 27)}"` };
  const time = 1_700_000_000_000 + number * 7;
  return `${JSON.stringify({ level: 30, time, pid: 7, hostname: 'api-7', req, res, ...extra, responseTime: random.int(900), msg: 'request completed' })}\n`;
};

const logsOf = (length: number): Buffer => {
  const random = createRandom(7);
  const parts: string[] = [];
  for (let size = 0, number = 0; size < Math.min(length, 8e6); number += 1) {
    const line = logLine(random, number);
    parts.push(line);
    size += line.length;
  }
  return repeated(Buffer.from(parts.join('')), length);
};

/** The three texts, each of `length` bytes. */
export const readSamples = (length: number, diffs: string | undefined): readonly Sample[] => [
  { name: 'diffs', bytes: diffsOf(diffs, length) },
  { name: 'logs', bytes: logsOf(length) },
  { name: 'sources', bytes: repeated(gather('node_modules', /\.[cm]?js$/, length), length) },
];

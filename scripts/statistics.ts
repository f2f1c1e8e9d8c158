// Writes src/scan/pattern/byte-table.ts from text of three kinds: `node scripts/statistics.ts`. Only needed again when
// ordinary text changes; the table is rough on purpose.
import { execFileSync } from 'node:child_process';
import { globSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sample } from '../src/core/sample.ts';
import { CLASSES, classOf } from '../src/scan/pattern/byte-classes.ts';

const root = join(import.meta.dirname, '..');
const SIZE = 3_000_000;

/** Sources, declarations, pages and settings of installed packages: every so many of them. */
const packages = (): Buffer => {
  const paths = globSync('node_modules/**/*.{js,mjs,cjs,ts,json,md,css,yml}', { cwd: root }).sort();
  const parts: Buffer[] = [];
  let size = 0;
  for (let at = 0; at < paths.length && size < SIZE; at += 1 + Math.floor(paths.length / 1000)) {
    const path = join(root, paths[at] ?? '');
    if (!statSync(path).isFile()) continue;
    const part = readFileSync(path).subarray(0, 20_000);
    parts.push(part);
    size += part.length;
  }
  return Buffer.concat(parts);
};

const history = (): Buffer =>
  execFileSync('git', ['log', '-p', '--no-color'], { cwd: root, maxBuffer: 1 << 28 }).subarray(0, SIZE);

const paths = ['/api/v1/users', '/healthz', '/login', '/static/app.js', '/api/orders', '/search?q=red+shoes&page=2'];
const agents = [
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36',
  'curl/8.5.0',
  'kube-probe/1.29',
  'python-requests/2.31',
];
const words = [
  'request completed',
  'connection reset by peer',
  'cache miss for key user:profile',
  'job finished in time',
];
const HEX = '0123456789abcdef';

const logLine = (n: number): string => {
  const pick = <T>(list: readonly T[]): T | undefined => list[(n * 7919) % list.length];
  const hex = (name: string, length: number): string => sample(`${name} ${n}`, length, HEX);
  const line = {
    level: pick([30, 30, 30, 40, 50]),
    time: 1_760_000_000_000 + n * 137,
    pid: 4000 + (n % 9),
    hostname: `web-${n % 13}.internal`,
    traceId: hex('trace', 32),
    spanId: hex('span', 16),
    req: {
      id: [8, 4, 4, 4, 12].map((length, at) => hex(`id ${at}`, length)).join('-'),
      method: pick(['GET', 'GET', 'POST', 'PUT']),
      url: `${pick(paths)}/${n % 1000}`,
      remoteAddress: `10.${n % 256}.${(n * 31) % 256}.${(n * 17) % 256}`,
      headers: { 'user-agent': pick(agents), accept: 'application/json', 'content-length': String(n % 5000) },
    },
    res: { statusCode: pick([200, 200, 201, 304, 404, 500]), body: n % 11 ? '' : btoa(sample(`body ${n}`, 90)) },
    responseTime: (n % 977) / 10,
    msg: pick(words),
  };
  return JSON.stringify(line);
};

const logs = (): Buffer => {
  const lines: string[] = [];
  for (let n = 0, size = 0; size < SIZE; n += 1) {
    const line = logLine(n);
    lines.push(line);
    size += line.length + 1;
  }
  return Buffer.from(lines.join('\n'));
};

/** Half bits of surprise, as a letter. */
const level = (probability: number): string =>
  'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'.charAt(
    Math.min(51, Math.max(0, Math.round(-2 * Math.log2(probability)))),
  );

const texts = [packages(), history(), logs()];
const alone = new Float64Array(CLASSES);
const pairs = Array.from({ length: CLASSES }, () => new Float64Array(CLASSES));
let total = 0;
for (const text of texts) {
  // Each text counts the same, however long it is.
  const weight = SIZE / text.length;
  total += SIZE;
  for (let at = 1; at < text.length; at += 1) {
    const [a, b] = [classOf(text[at - 1] ?? 0), classOf(text[at] ?? 0)];
    alone[b] = (alone[b] ?? 0) + weight;
    const row = pairs[a];
    if (row) row[b] = (row[b] ?? 0) + weight;
  }
}
/** A pair that was not seen is as likely as its second byte, twice in all. */
const UNSEEN = 2;
const share = (b: number): number => ((alone[b] ?? 0) + 0.5) / total;
const rowOf = (row: Float64Array, a: number): string =>
  Array.from(row, (count, b) => level((count + UNSEEN * share(b)) / ((alone[a] ?? 0) + UNSEEN))).join('');

writeFileSync(
  join(root, 'src/scan/pattern/byte-table.ts'),
  `/** Written by scripts/statistics.ts. How surprising each class of bytes is, in half bits: A is 0, Z 25, a 26, z 51. */
export const alone = '${Array.from(alone, (_, b) => level(share(b))).join('')}';

/** The same after a byte of another class: a row for each class that goes before. */
export const pairs: readonly string[] = [
${pairs.map((row, a) => `  '${rowOf(row, a)}',\n`).join('')}];
`,
);

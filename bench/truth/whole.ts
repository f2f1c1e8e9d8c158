import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { tarOf, zipOf } from './archive.ts';
import type { Carrier, FileForm, Group } from './carrier.ts';

const NOTHING = Buffer.alloc(0);
const same = (text: Buffer): Buffer => text;
const little = (text: Buffer): Buffer => Buffer.from(text.toString('utf8'), 'utf16le');
const big = (text: Buffer): Buffer => little(text).swap16();
const utf32 = (text: Buffer): Buffer => {
  const out = Buffer.alloc(4 * text.length);
  for (const [at, byte] of text.entries()) out.writeUInt32LE(byte, 4 * at);
  return out;
};
const other = { name: 'README.md', content: Buffer.from('# Orders\n\nNothing to see here.\n') };
const inside = (content: Buffer) => [other, { name: 'config/.env', content }];

const packed = (pack: (file: Buffer) => Buffer): FileForm => ({ head: NOTHING, each: same, pack });
const forms: readonly (readonly [name: string, group: Group, ending: string, form: FileForm])[] = [
  ['UTF-16 LE, marked', 'encoded once', '.txt', { head: Buffer.from([0xff, 0xfe]), each: little }],
  ['UTF-16 BE, marked', 'encoded once', '.txt', { head: Buffer.from([0xfe, 0xff]), each: big }],
  ['UTF-16 LE, no mark', 'encoded once', '.reg', { head: NOTHING, each: little }],
  ['UTF-16 BE, no mark', 'encoded once', '.txt', { head: NOTHING, each: big }],
  ['UTF-16 LE at an odd place', 'encoded once', '.bin', { head: Buffer.from([7]), each: little }],
  ['gzip', 'encoded once', '.log.gz', packed((file) => gzipSync(file))],
  ['gzip without its name', 'encoded once', '.bin', packed((file) => gzipSync(file))],
  [
    'gzip, two members',
    'encoded once',
    '.gz',
    packed((file) => Buffer.concat([gzipSync('first\n'.repeat(20)), gzipSync(file)])),
  ],
  ['zstd', 'encoded once', '.zst', packed((file) => zstdCompressSync(file))],
  ['zip, deflated', 'encoded once', '.zip', packed((file) => zipOf(inside(file), true))],
  ['zip, stored', 'encoded once', '.zip', packed((file) => zipOf(inside(file), false))],
  ['jar', 'encoded once', '.jar', packed((file) => zipOf(inside(file), true))],
  ['tar', 'encoded once', '.tar', packed((file) => tarOf(inside(file)))],
  ['tar.gz', 'encoded once', '.tar.gz', packed((file) => gzipSync(tarOf(inside(file))))],
  ['tgz', 'encoded once', '.tgz', packed((file) => gzipSync(tarOf(inside(file))))],
  ['tar.zst', 'encoded once', '.tar.zst', packed((file) => zstdCompressSync(tarOf(inside(file))))],
  [
    'zip in a tar.gz',
    'encoded more',
    '.tar.gz',
    packed((file) => gzipSync(tarOf([{ name: 'a.zip', content: zipOf(inside(file), true) }]))),
  ],
  [
    'zip in a zip',
    'encoded more',
    '.zip',
    packed((file) => zipOf([{ name: 'b.zip', content: zipOf(inside(file), true) }], false)),
  ],
  ['brotli', 'unusual', '.br', packed((file) => brotliCompressSync(file))],
  ['UTF-32 LE', 'unusual', '.txt', { head: Buffer.from([0xff, 0xfe, 0, 0]), each: utf32 }],
];

/** Files that are encoded as a whole; each key stands in clear in a line of its own. */
export const wholeCarriers: readonly Carrier[] = forms.map(([name, group, ending, form]) => ({
  name,
  group,
  ending,
  form,
  write: ({ before, secret, after }, random) => ({
    before: `n${random.int(1000)}=${before}`,
    stands: secret,
    after: `${after}\r\n`,
  }),
}));

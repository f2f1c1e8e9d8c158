import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isOneLine } from './carrier.ts';
import type { Key, KeyMaker } from './key.ts';
import { type Plant, plantOf } from './plant.ts';
import type { Random } from './random.ts';

const BORDERS = [64, 128, 256, 512, 1024].map((kib) => kib * 1024);

/** Text of a given length that ends a line; with one blank-free stretch, as minified sources have it. */
const text = (length: number, random: Random): Buffer => {
  const bytes = Buffer.alloc(Math.max(0, length), random.pick(['lorem ipsum\n', 'a,b;', 'x=1;\n', '\n', ' ', '.']));
  if (bytes.length > 0) bytes[bytes.length - 1] = 0x0a;
  return bytes;
};

/** How far before a border the key begins: it ends at it, stands across it, begins at it. */
const leads = (length: number): readonly number[] => [length + 1, length, length - 1, length >> 1, 8, 3, 1, 0, -1];

const shapes: readonly (readonly [name: string, write: (key: string) => string])[] = [
  ['clear', (key) => key],
  ['base64', (key) => Buffer.from(key).toString('base64')],
  ['hex', (key) => Buffer.from(key).toString('hex')],
  ['\\u', (key) => [...key].map((one) => `\\u00${one.charCodeAt(0).toString(16)}`).join('')],
];

/** Keys at the borders of the chunks that files are read in, one at each border of a file. */
export const plantBorders = (
  folder: string,
  { makers, random, files }: { makers: readonly KeyMaker[]; random: Random; files: number },
): readonly Plant[] => {
  mkdirSync(join(folder, 'border'), { recursive: true });
  const nextKey = (): Key => {
    for (;;) {
      const key = random.pick(makers).make();
      if (isOneLine(key)) return key;
    }
  };
  return Array.from({ length: files }, (_, number) => {
    const file = join('border', `${number}.txt`);
    const parts: Buffer[] = [];
    let length = 0;
    const add = (bytes: Buffer): void => {
      parts.push(bytes);
      length += bytes.length;
    };
    const plants = BORDERS.map((border) => {
      const key = nextKey();
      const [name, write] = random.int(3) === 0 ? random.pick(shapes) : (shapes[0] ?? random.pick(shapes));
      const stands = Buffer.from(write(key.before + key.secret + key.after));
      const start = border - random.pick(leads(stands.length));
      add(text(start - length, random));
      add(stands);
      const place = { start, end: length };
      add(Buffer.from('\n'));
      return plantOf(
        key,
        { before: '', stands, after: '' },
        { file, ...place, carrier: `${border >> 10} KiB, ${name}`, group: 'border' },
      );
    });
    writeFileSync(join(folder, file), Buffer.concat(parts));
    return plants;
  }).flat();
};

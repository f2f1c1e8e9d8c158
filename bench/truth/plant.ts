import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Carrier, type FileForm, type Group, toBytes, type Written } from './carrier.ts';
import { type Key, type KeyMaker, masked } from './key.ts';
import type { Random } from './random.ts';

/** A key that stands in the corpus; its text is known by its hashes only. */
export interface Plant {
  readonly file: string;
  /** Bytes in the file; of what is packed, in the unpacked text. Absent: inside an archive, place not compared. */
  readonly start?: number;
  readonly end?: number;
  /** SHA-256 of each extent that is right. */
  readonly hashes: readonly string[];
  readonly kind: string;
  readonly issuer: string;
  readonly by: Key['by'];
  readonly carrier: string;
  readonly group: Group;
  readonly preview: string;
}

const sha256 = (text: string | Buffer): string => createHash('sha256').update(text).digest('hex');

export const plantOf = (
  key: Key,
  written: Written,
  at: Pick<Plant, 'file' | 'start' | 'end' | 'carrier' | 'group'>,
): Plant => ({
  ...at,
  hashes: [key.secret, ...(key.also ?? []), ...(written.also ?? [])].map(sha256),
  kind: key.kind,
  issuer: key.issuer,
  by: key.by,
  preview: masked(key.secret),
});

const PER_FILE = 40;
const PLAIN: FileForm = { head: Buffer.alloc(0), each: (text) => text };

/** Lines between two keys, as they stand in such files, with nothing in them that could be a key. */
const filler = (random: Random): string => {
  const words = ['orders', 'retry', 'after', 'queue', 'the', 'worker', 'closed', 'in', 'time', 'of', 'batch', 'table'];
  const line = () => Array.from({ length: 4 + random.int(8) }, () => random.pick(words)).join(' ');
  return `\n${Array.from({ length: 1 + random.int(3) }, line).join('\n')}\n`;
};

interface Sheet {
  readonly carrier: Carrier;
  readonly file: string;
  readonly keys: readonly Key[];
}

/** Writes one file, and tells what stands where. */
const writeSheet = (folder: string, { carrier, file, keys }: Sheet, random: Random): readonly Plant[] => {
  const { name, group, form = PLAIN, perFile } = carrier;
  const parts: Buffer[] = [form.head];
  let length = form.head.length;
  const add = (text: string | Buffer): void => {
    const bytes = form.each(toBytes(text));
    parts.push(bytes);
    length += bytes.length;
  };
  const plants = keys.flatMap((key) => {
    const written = carrier.write(key, random);
    if (!written) return [];
    if (perFile !== 1) add(filler(random));
    add(written.before);
    const start = length;
    add(written.stands);
    const end = length;
    add(written.after);
    const archived = form.pack && !/^(gzip|zstd|brotli)/.test(name);
    const place = archived || name.startsWith('gzip, two') ? {} : { start, end };
    return [plantOf(key, written, { file, ...place, carrier: name, group })];
  });
  if (plants.length === 0) return [];
  const whole = Buffer.concat(parts);
  const path = join(folder, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, form.pack ? form.pack(whole) : whole);
  return plants;
};

const slug = (text: string): string =>
  text
    .replace(/[^A-Za-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .toLowerCase();

/** One key of every maker in every carrier. */
export const plantCarriers = (
  folder: string,
  { makers, carriers, random }: { makers: readonly KeyMaker[]; carriers: readonly Carrier[]; random: Random },
): readonly Plant[] =>
  carriers.flatMap((carrier, number) => {
    const keys = makers.map((maker) => maker.make());
    const count = carrier.perFile ?? PER_FILE;
    const sheets = Array.from({ length: Math.ceil(keys.length / count) }, (_, at) => ({
      carrier,
      file: join(
        slug(carrier.group),
        `${String(number).padStart(3, '0')}-${slug(carrier.name)}`,
        `${at}${carrier.ending}`,
      ),
      keys: keys.slice(at * count, (at + 1) * count),
    }));
    return sheets.flatMap((sheet) => writeSheet(folder, sheet, random));
  });

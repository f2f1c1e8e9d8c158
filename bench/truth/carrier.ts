import type { Key } from './key.ts';
import type { Random } from './random.ts';

export const groups = ['clear', 'border', 'encoded once', 'encoded more', 'broken up', 'unusual'] as const;
/** How a key stands in its carrier; the goals are set per group. */
export type Group = (typeof groups)[number];

type Text = string | Buffer;

/** A key as it stands in a text. */
export interface Written {
  readonly before: Text;
  /** What stands there, encoded form included. */
  readonly stands: Text;
  readonly after: Text;
  /** Extents that are right as well (the written form, where that can be read as a key too). */
  readonly also?: readonly string[];
}

/** How all of a file is written. */
export interface FileForm {
  readonly head: Buffer;
  each(text: Buffer): Buffer;
  /** An archive or a compressed file around it; offsets then are of the unpacked text. */
  pack?(file: Buffer): Buffer;
}

/** One way in which people leak a key. */
export interface Carrier {
  readonly name: string;
  readonly group: Group;
  /** Of the file, with its dot. */
  readonly ending: string;
  readonly form?: FileForm;
  /** Keys in one file, when not many. */
  readonly perFile?: number;
  /** Undefined: a key that nobody writes like that. */
  write(key: Key, random: Random): Written | undefined;
}

export const toBytes = (text: Text): Buffer => (typeof text === 'string' ? Buffer.from(text, 'utf8') : text);

export const isOneLine = ({ before, secret, after }: Key): boolean => !/[\r\n]/.test(before + secret + after);

/** Would this character after the key be a part of it? */
export const belongs = (key: Key, after: Text): boolean =>
  typeof after === 'string' && after !== '' && key.after === '' && key.inner.includes(after[0] ?? '');

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Decoy } from './decoy.ts';

/** A decoy that stands in the corpus. */
export interface Planted extends Omit<Decoy, 'text'> {
  readonly file: string;
  readonly start: number;
  readonly end: number;
}

const PER_FILE = 50;

/** Writes decoys, a blank line between them. */
export const plantDecoys = (folder: string, decoys: readonly Decoy[]): readonly Planted[] => {
  mkdirSync(join(folder, 'decoys'), { recursive: true });
  const planted: Planted[] = [];
  for (let at = 0; at < decoys.length; at += PER_FILE) {
    const file = join('decoys', `${at / PER_FILE}.txt`);
    let text = '';
    for (const { text: decoy, ...rest } of decoys.slice(at, at + PER_FILE)) {
      text += '\n';
      const start = Buffer.byteLength(text);
      text += `${decoy}\n`;
      planted.push({ ...rest, file, start, end: Buffer.byteLength(text) });
    }
    writeFileSync(join(folder, file), text);
  }
  return planted;
};

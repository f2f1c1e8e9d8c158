import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The text of a key file in `dir`, made at the first start: 32 random bytes, base64, readable by the owner only. Two
 * starts at once agree on one key. Who loses the file cannot open what was sealed.
 */
export const readOrMakeKey = (dir: string, name: string): string => {
  const path = join(dir, name);
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  // Not the process id: in a container every start has the same, and a killed one leaves its draft.
  const draft = `${path}.${randomBytes(8).toString('hex')}`;
  try {
    writeDurably(draft, `${randomBytes(32).toString('base64')}\n`);
    linkSync(draft, path); // fails when another start was first
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  syncFolder(dir); // a key that sealed something must outlive a power cut
  return readFileSync(path, 'utf8').trim();
};

const writeDurably = (path: string, text: string): void => {
  const file = openSync(path, 'wx', 0o600);
  try {
    writeFileSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
};

const syncFolder = (dir: string): void => {
  const folder = openSync(dir, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
};

/** The text of a key file that an earlier start made, or undefined when it is not there or not ours to read. */
export const readMadeKey = (dir: string, name: string): string | undefined => {
  try {
    return readFileSync(join(dir, name), 'utf8').trim();
  } catch {
    return undefined;
  }
};

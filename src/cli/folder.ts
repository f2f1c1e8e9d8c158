import { accessSync, constants, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readDataDir } from '../config-read.ts';
import { type Io, say } from './io.ts';

export interface FolderOptions {
  readonly dataDir?: string;
  readonly config?: string;
}

/**
 * The data directory that is asked for, or that of the settings; undefined, and said, when `what` is not in it. Nothing is
 * made: a question leaves no trace.
 */
export const findFolder = async (
  { dataDir, config: file }: FolderOptions,
  what: string,
  io: Io,
): Promise<string | undefined> => {
  const dir = dataDir ?? (await readDataDir({ env: io.env, file }));
  const code = barred(join(dir, what));
  if (code === undefined) return dir;
  const absent = code === 'ENOENT' || code === 'ENOTDIR';
  const why = absent
    ? `there is no Keyfuse data in ${dir} (no ${what}); set --data-dir, DATA_DIR or dataDir`
    : `the data in ${dir} cannot be used (${what}: ${code}); run this as the user that runs the daemon`;
  say(io.stderr, `keyfuse: ${why}`);
  return undefined;
};

/** Why a file, or a folder and what is in it, cannot be read, as the system says it: that must not look like tampering. */
const barred = (path: string): string | undefined => {
  try {
    accessSync(path, constants.R_OK);
    const inside = statSync(path).isDirectory() ? readdirSync(path) : [];
    for (const name of inside) accessSync(join(path, name), constants.R_OK);
    return undefined;
  } catch (error) {
    const { code = 'error', path: missing } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' && missing !== path ? undefined : code; // a segment that was just closed has another name
  }
};

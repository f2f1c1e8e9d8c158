import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readScanSettings } from '../config-read.ts';
import { type Io, say } from './io.ts';

export interface FolderOptions {
  readonly dataDir?: string;
  readonly config?: string;
}

/**
 * The data directory that is asked for, or that of the settings; undefined, and said, when `what` is not in it. Nothing is
 * made: a question leaves no trace.
 */
export const findFolder = ({ dataDir, config: file }: FolderOptions, what: string, io: Io): string | undefined => {
  const dir = dataDir ?? readScanSettings({ env: io.env, file }).dataDir;
  if (existsSync(join(dir, what))) return dir;
  say(io.stderr, `keyfuse: there is no Keyfuse data in ${dir} (no ${what}); set --data-dir, DATA_DIR or dataDir`);
  return undefined;
};

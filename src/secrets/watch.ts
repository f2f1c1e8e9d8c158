import { watch } from 'node:fs';
import { basename, dirname } from 'node:path';

/** A writer that is half done goes on within this time. */
const QUIET_MS = 100;

/**
 * Calls back after a file has changed. Its folder is watched: a file that is renamed over it is another file, and Kubernetes swaps
 * a link beside it (`..data`). Where a folder cannot be watched, nothing is called: the file is read again in time.
 */
export const watchFile = (path: string, changed: () => void): (() => void) => {
  let quiet: NodeJS.Timeout | undefined;
  const hear = (_event: string, name: string | null): void => {
    if (name !== null && name !== basename(path) && !name.startsWith('..')) return;
    clearTimeout(quiet);
    quiet = setTimeout(changed, QUIET_MS).unref();
  };
  try {
    const watcher = watch(dirname(path), { persistent: false }, hear);
    watcher.on('error', () => watcher.close());
    return () => {
      clearTimeout(quiet);
      watcher.close();
    };
  } catch {
    return () => undefined;
  }
};

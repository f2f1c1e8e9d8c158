import { type FSWatcher, watch } from 'node:fs';
import { basename, join } from 'node:path';
import type { Bell } from '../waiting.ts';

/** What the system tells of directories; where it does not, the regular look must do. */
export interface Watching {
  /** Watches these, and no others. */
  renew(dirs: ReadonlySet<string>): void;
  /** The files that were written to, since it was asked last. */
  written(): readonly string[];
  /** Whether files came or went, since it was asked last. */
  moved(): boolean;
  close(): void;
}

export const createWatching = (bell: Bell): Watching => {
  const watchers = new Map<string, FSWatcher>();
  const written = new Set<string>();
  let moved = false;
  const leave = (dir: string): void => {
    watchers.get(dir)?.close();
    watchers.delete(dir);
  };
  const begin = (dir: string): void => {
    try {
      const watcher = watch(dir, (what, name) => {
        if (what === 'rename' || name === null) moved = true;
        else written.add(join(dir, name));
        if (what === 'rename' && name === basename(dir)) leave(dir); // Perhaps it is gone: another may stand there.
        bell.ring();
      });
      watcher.on('error', () => leave(dir));
      watchers.set(dir, watcher);
      moved = true; // What came before it was watched is seen by one more look.
    } catch {
      // No directory, or no watches left.
    }
  };
  return {
    renew(dirs) {
      for (const dir of watchers.keys()) if (!dirs.has(dir)) leave(dir);
      for (const dir of dirs) if (!watchers.has(dir)) begin(dir);
    },
    written() {
      const all = [...written];
      written.clear();
      return all;
    },
    moved() {
      const was = moved;
      moved = false;
      return was;
    },
    close() {
      for (const dir of watchers.keys()) leave(dir);
    },
  };
};

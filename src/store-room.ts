import { randomBytes } from 'node:crypto';
import { rmSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Sql } from './core/store.ts';

/**
 * What the store does about a full disk. A reserve file takes up space until the disk is full; then it is deleted, so that
 * SQLite can merge its log (a little space that somebody frees would be eaten by that merge, and the store would stay
 * stuck) and so that accepted work can end. New work waits until there is room again, on the disk or inside the file.
 */
export interface Room {
  /** True after the disk was full, until there is room again. */
  short(): boolean;
  /** Looks whether there is room again; cheap, and nothing at all while there is. */
  look(): void;
  /** The disk is full: gives up the reserve and merges the log. Never throws. */
  ranOut(): void;
}

const LEAST_ROOM = 1024 * 1024;

export const createRoom = (needs: { sql: Sql; path: string; reserveBytes: number }): Room => {
  const { sql, path, reserveBytes } = needs;
  const enough = Math.max(2 * reserveBytes, LEAST_ROOM);
  const ask = (pragma: string): number => Number(Object.values(sql.get(`pragma ${pragma}`) ?? {})[0]);
  const pageSize = ask('page_size');
  const mergeLog = (): void => void sql.get('pragma wal_checkpoint(truncate)');

  const onDisk = (): number => {
    const { bavail, bsize } = statfsSync(dirname(path));
    return bavail * bsize;
  };
  const held = (): boolean => reserveBytes === 0 || statSync(path, { throwIfNoEntry: false })?.size === reserveBytes;
  const release = (): void => rmSync(path, { force: true });
  const hold = (): void => {
    if (held() || onDisk() < enough) return;
    try {
      // Random, because a file system may compress.
      writeFileSync(path, randomBytes(reserveBytes), { mode: 0o600 });
    } catch {
      release();
    }
  };

  hold();
  let short = !held();
  return {
    short: () => short,
    look() {
      if (!short || onDisk() + ask('freelist_count') * pageSize < enough) return;
      mergeLog();
      hold();
      short = false;
    },
    ranOut() {
      short = true;
      release();
      try {
        mergeLog();
      } catch {
        // Not even that: `look` tries again when there is space.
      }
    },
  };
};

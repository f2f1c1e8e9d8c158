import { DatabaseSync } from 'node:sqlite';
import { Fault } from '../core/errors.ts';

/** https://sqlite.org/rescode.html#busy */
const BUSY = 5;

/**
 * Takes the folder for one writer; gives back the release. The lock is SQLite's lock on an empty file: the kernel frees
 * it when its holder dies, so there is no stale one, and no pid to guess in a container. Errors: `Fault` `journal.locked`,
 * `journal.blocked`.
 */
export const lockFile = (path: string): (() => void) => {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { timeout: 0 });
    // Nothing is ever written, so a full disk is no obstacle.
    database.exec('pragma journal_mode = memory; begin exclusive');
  } catch (error) {
    database?.close();
    const busy = (error as { errcode?: number }).errcode === BUSY;
    if (busy) throw new Fault('journal.locked', `another process holds ${path}`, error);
    throw new Fault('journal.blocked', `the lock ${path} cannot be taken`, error);
  }
  return () => database.close();
};

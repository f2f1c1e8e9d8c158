import { DatabaseSync } from 'node:sqlite';
import { Fault } from '../core/errors.ts';

/**
 * Takes the folder for one writer; gives back the release. The lock is SQLite's lock on an empty file: the kernel frees
 * it when its holder dies, so there is no stale one, and no pid to guess in a container. Errors: `Fault` `journal.locked`.
 */
export const lockFile = (path: string): (() => void) => {
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    database.exec('begin exclusive');
  } catch (error) {
    database.close();
    throw new Fault('journal.locked', `another process writes ${path.replace(/\.lock$/, '')}`, error);
  }
  return () => database.close();
};

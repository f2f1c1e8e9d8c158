import type { Store } from '../../core/store.ts';
import { closingTables, renameClosings } from './closing.ts';
import { commentTables, renameComments } from './comment-table.ts';

/** What was written on GitHub, which keeps its place when a repository is renamed. */
export interface Written {
  rename(from: string, to: string): Promise<void>;
}

export const createWritten = (store: Store): Written => {
  // Who writes may be made later, or in another process.
  store.migrate(closingTables);
  store.migrate(commentTables);
  return {
    rename: (from, to) =>
      store.write((sql) => {
        renameClosings(sql, from, to);
        renameComments(sql, from, to);
      }),
  };
};

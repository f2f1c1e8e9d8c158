/** A value that SQLite keeps as it is. */
export type SqlValue = string | number | bigint | null | Uint8Array;
export type SqlRow = Readonly<Record<string, SqlValue>>;

/** Statements inside one transaction; `?` parameters. Synchronous: SQLite is in this process. */
export interface Sql {
  /** Rows changed, and the id of the last row inserted. */
  run(sql: string, ...values: readonly SqlValue[]): { readonly changes: number; readonly lastId: number };
  get(sql: string, ...values: readonly SqlValue[]): SqlRow | undefined;
  all(sql: string, ...values: readonly SqlValue[]): readonly SqlRow[];
}

export type ChangeKind = 'intake' | 'lazy';

/**
 * The embedded database: one file, WAL, synchronous=FULL. Each owner of a table creates it by `migrate` when it is made.
 * Errors: `Fault` `store.full` (disk full; nothing of the transaction stands), `store.failed`.
 */
export interface Store {
  /**
   * Runs `change` in a transaction with whatever else waits (group commit); resolves when durable. A change that throws
   * sinks no other. `lazy`: it need not outlive a loss of power, only the process; no disk is waited for. `intake` marks a change that lets new work in: after the disk was full it is refused until there is
   * room again, so that the work already accepted can end.
   */
  write<T>(change: (sql: Sql) => T, kind?: ChangeKind): Promise<T>;
  /** Reads what is committed. */
  read<T>(question: (sql: Sql) => T): T;
  /** Runs once, at once: `create table if not exists …`. */
  migrate(ddl: string): void;
  /** Takes a lock among all who open this file; gives what releases it, or undefined when it is taken. Ends with the process. */
  lock(name: string): (() => void) | undefined;
  close(): Promise<void>;
}

import type { Origin } from './origin.ts';
import type { Sql } from './store.ts';

/** What is told of an incident: everything but the key. */
export interface Notice {
  readonly incident: string;
  readonly outcome: string;
  /** Where the key stood: of this sighting. */
  readonly found: Origin;
  readonly [field: string]: unknown;
}

/** One way to tell somebody. A lost notice undoes nothing, and no notice holds a deletion up. */
export interface Channel {
  /**
   * To be run inside the transaction that ends an incident or counts a sighting of a key that is dead. It only writes the
   * notice down; told often, it tells once.
   */
  note(notice: Notice): (sql: Sql) => void;
  /** Tells what is due until `stop` fires. */
  run(stop: AbortSignal): Promise<void>;
}

import type { WorkKind } from '../../core/github-facts.ts';
import type { SourceName } from '../../core/origin.ts';
import type { Sql } from '../../core/store.ts';

/** What goes first: a repository that strangers can read now, then what just happened, what was missed, the past. */
export const ranks = { exposed: 0, live: 1, missed: 2, past: 3 } as const;

/** A thing on GitHub to be fetched and scanned. `repo` is `owner/name`; `item` names it within: an id, a sha, a range. */
export interface Wanted {
  readonly kind: WorkKind;
  readonly repo: string;
  readonly item: string;
  readonly rank?: number;
  /** Absent: that of whoever named it. */
  readonly mode?: Word['mode'];
  /** It may have changed since it was read last. What is named by its content is read once. */
  readonly again?: boolean;
}

/** On whose word, and since when (epoch ms): of the first that named it. */
export interface Word {
  readonly source: SourceName;
  readonly mode: 'live' | 'backfill';
  readonly receivedAt: number;
}

/** One that waits. */
export interface Work extends Word {
  readonly kind: WorkKind;
  readonly repo: string;
  readonly item: string;
  readonly rank: number;
  /** Failed so far. */
  readonly attempts: number;
  /** How far a long one is: its own text. */
  readonly cursor: string | undefined;
  /** How often it was named again. */
  readonly named: number;
}

/** What is still to be fetched, durable: it outlives kill -9. */
export interface WorkList {
  /** Within a transaction of the caller. `unfetched`: why nothing can be fetched; then all of it is unscanned at once. */
  add(sql: Sql, wanted: readonly Wanted[], word: Word & { readonly unfetched?: string | undefined }): void;
  /** Of these kinds, what is due at `now`, in its order. */
  due(kinds: readonly WorkKind[], now: number, most: number): readonly Work[];
  /** When the next one after `now` is due (epoch ms); undefined when there is none. */
  nextDue(kinds: readonly WorkKind[], now: number): number | undefined;
  /** It is scanned whole; what it named is waiting now, on the same word. */
  done(work: Work, named?: readonly Wanted[]): Promise<void>;
  /** Says how far a long one is; in the same transaction as whatever it named. */
  advance(work: Work, cursor: string, named?: readonly Wanted[]): Promise<void>;
  /** One more attempt failed; the next is not before `notBefore` (epoch ms). */
  later(work: Work, notBefore: number): Promise<void>;
  /** Nothing of this owner is tried before then; that is no attempt of any of it. */
  hold(owner: string, notBefore: number): Promise<void>;
  /** All that waits may be tried now: what it waited for may have changed while nobody was here. */
  release(): Promise<void>;
  giveUp(work: Work, reason: string): Promise<void>;
  /** Lets what was given up for `reason` (any, when absent) and named after `since` wait again. */
  revive(needs: { readonly reason?: string; readonly since?: number }): Promise<void>;
  /** A repository has another name now. */
  rename(from: string, to: string): Promise<void>;
  /** What was named last until `then` is dropped: it is gone, or no concern of ours any more. Gives how many were. */
  drop(repo: string, then: number): Promise<number>;
  find(kind: WorkKind, repo: string, item: string): WorkStanding | undefined;
  /** Of a repository and these kinds, what waits or was given up. */
  left(repo: string, kinds: readonly WorkKind[]): readonly (Pick<Work, 'kind' | 'repo' | 'item'> & WorkStanding)[];
  /** By kind. */
  count(state: 'waiting' | 'unscanned'): ReadonlyMap<WorkKind, number>;
  /** Forgets what was done before `then`. */
  prune(then: number): Promise<void>;
}
export type WorkState = 'waiting' | 'unscanned' | 'done';

/** How one stands. */
export interface WorkStanding {
  readonly state: WorkState;
  readonly cursor: string | undefined;
  /** Why it is unscanned. */
  readonly reason: string | undefined;
  /** Failed so far, and when it is tried next (epoch ms). */
  readonly attempts: number;
  readonly notBefore: number;
}

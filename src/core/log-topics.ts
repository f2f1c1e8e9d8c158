/** A message of a log topic. Strangers wrote all of it, the timestamp too (epoch ms). */
export interface LogMessage {
  readonly offset: number;
  readonly timestamp: number;
  readonly key: Uint8Array | null;
  /** Null: a tombstone. */
  readonly value: Uint8Array | null;
  readonly headers: Readonly<Record<string, HeaderValue | readonly HeaderValue[] | undefined>>;
}

export type HeaderValue = Uint8Array | string;

/** Messages of one partition, in order. */
export interface LogBatch {
  readonly topic: string;
  readonly partition: number;
  readonly messages: readonly LogMessage[];
  readonly unscanned: readonly Unscanned[];
}

/** Offsets, first and last, that can never be read: their batch is damaged or larger than we take, or they are gone. */
export interface Unscanned {
  readonly from: number;
  readonly to: number;
  readonly reason: 'unreadable' | 'gone';
  readonly why: string;
}

/** Topics that carry logs, read in a consumer group. */
export interface LogTopics {
  /**
   * Gives what comes, several partitions at once and each in order, until `stop` fires; ends within a second then. `each`
   * resolves when everything in its batch is durable: only then the group moves on. It rejects when `over` fires, after
   * which nobody waits for it; the messages come again, here or to another member.
   */
  read(each: (batch: LogBatch, over: AbortSignal) => Promise<void>, stop: AbortSignal): Promise<void>;
}

import type { KafkaRecord } from './kafka-record.ts';

/** One record under way. */
export interface Mark {
  readonly offset: number;
  readonly publishedAt: number;
  done: boolean;
}

/**
 * How far one place is dealt with in one generation of the group. Records come in order and are done in any; what may be
 * committed is the low-water mark: a record done beyond one that is not is not committed.
 */
export interface Progress {
  /** The new ones of `records`. Undefined when one is missing before them: they are of an older position, or it is gone. */
  admit(records: readonly KafkaRecord[]): readonly KafkaRecord[] | undefined;
  begin(offset: number, publishedAt: number): Mark;
  done(mark: Mark): void;
  /** The next offset to read after a restart; undefined as long as nothing came. */
  low(): number | undefined;
  /** Where it began; undefined as long as nothing came. */
  start(): number | undefined;
  /** How many are not done, or done beyond one that is not. */
  size(): number;
  /** When the oldest that is not done was published. */
  oldest(): number | undefined;
}

/** `from`: where the place must go on, when that is known. */
export const createProgress = (from: number | undefined): Progress => {
  let next = from;
  let start = from;
  let refused: number | undefined;
  let marks: Mark[] = [];
  let head = 0;
  return {
    admit(records) {
      const first = records[0]?.offset ?? 0;
      if (next !== undefined && first > next && refused !== first) {
        refused = first;
        return undefined;
      }
      const after = next ?? 0;
      start ??= first;
      next = Math.max(after, (records.at(-1)?.offset ?? -1) + 1);
      return records.filter(({ offset }) => offset >= after);
    },
    begin(offset, publishedAt) {
      const mark = { offset, publishedAt, done: false };
      marks.push(mark);
      return mark;
    },
    done(mark) {
      mark.done = true;
      while (marks[head]?.done) head += 1;
      if (head < 1_000 && head < marks.length) return;
      marks = marks.slice(head);
      head = 0;
    },
    start: () => start,
    low: () => marks[head]?.offset ?? next,
    size: () => marks.length - head,
    oldest: () => marks.slice(head).reduce<number | undefined>(older, undefined),
  };
};

const older = (oldest: number | undefined, { done, publishedAt }: Mark): number | undefined =>
  done ? oldest : Math.min(oldest ?? publishedAt, publishedAt);

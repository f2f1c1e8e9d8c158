import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import kafkajs from 'kafkajs';
import { createHoldings } from '../src/topic/kafka-holdings.ts';
import { createDenied } from '../src/topic/kafka-log-denied.ts';
import { createQuietWatch } from '../src/topic/kafka-log-quiet.ts';
import { partitionOf } from '../src/topic/kafka-partition.ts';
import { createProgress } from '../src/topic/kafka-progress.ts';
import type { KafkaRecord } from '../src/topic/kafka-record.ts';
import { createStuckWatch } from '../src/topic/kafka-stuck.ts';
import { nameTopics, tierFor } from '../src/topic/kafka-topics.ts';
import { defaultRetryPlan } from '../src/topic/topic.ts';

const record = (offset: number): KafkaRecord => {
  return {
    topic: 't',
    partition: 0,
    offset,
    key: 'k',
    value: new Uint8Array(),
    timestamp: 1_000 + offset,
    headers: {},
  };
};
const records = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => record(from + n));
const offsets = (all: readonly { readonly offset: number }[] | undefined) => all?.map(({ offset }) => offset);

describe('the partition of a key', () => {
  test('is the one every Kafka client chooses', () => {
    const theirs = kafkajs.Partitioners.DefaultPartitioner();
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 80 }), fc.integer({ min: 1, max: 50 }), (key, count) => {
        const partitionMetadata = Array.from({ length: count }, (_, partitionId) => {
          return { partitionId, partitionErrorCode: 0, leader: 1, replicas: [1], isr: [1] };
        });
        const message = { key: Buffer.from(key), value: null };
        expect(partitionOf(key, count)).toBe(theirs({ topic: 't', partitionMetadata, message }));
      }),
    );
  });
});

describe('the progress of a place', () => {
  test('what is done beyond a gap is not committed before the gap is closed', () => {
    const progress = createProgress(undefined);
    const marks = records(5, 9).map(({ offset }) => progress.begin(offset, 0));
    progress.admit(records(5, 9));
    const [first, second, third] = marks;
    if (!first || !second || !third) throw new Error('three marks');
    progress.done(second);
    progress.done(third);
    expect(progress.low()).toBe(5);
    progress.done(first);
    expect(progress.low()).toBe(8);
    expect(progress.size()).toBe(1);
  });

  test('the low-water mark is right in whatever order the deals end', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(Array.from({ length: 60 }, (_, n) => n)), (order) => {
        const progress = createProgress(0);
        progress.admit(records(0, 60));
        const marks = records(0, 60).map(({ offset }) => progress.begin(offset, offset));
        for (const n of order) {
          const mark = marks[n];
          if (mark) progress.done(mark);
        }
        const open = marks.filter(({ done }) => !done);
        expect(progress.low()).toBe(open[0]?.offset ?? 60);
        expect(progress.oldest()).toBe(open[0]?.publishedAt);
      }),
    );
  });

  test('records of an older position are refused once; a gap that stays is gone from the log', () => {
    const progress = createProgress(50);
    expect(progress.admit(records(100, 120))).toBeUndefined();
    expect(offsets(progress.admit(records(50, 53)))).toEqual([50, 51, 52]);
    expect(offsets(progress.admit(records(51, 55)))).toEqual([53, 54]);
    expect(progress.admit(records(60, 62))).toBeUndefined();
    expect(offsets(progress.admit(records(60, 62)))).toEqual([60, 61]);
  });
});

describe('what is held', () => {
  test('a new generation drops everything, and goes on where it was committed', () => {
    const holdings = createHoldings();
    holdings.renew(['a 0', 'a 1']);
    const [first, second] = holdings.admit('a 0', records(0, 4)) ?? [];
    if (!first || !second) throw new Error('two');
    holdings.done(first);
    expect([...holdings.marks()]).toEqual([['a 0', 1]]);
    holdings.committed(holdings.marks());
    expect(holdings.marks().size).toBe(0);

    holdings.renew(['a 0']);
    expect(holdings.current(second)).toBe(false);
    expect(holdings.get(second.id)).toBeUndefined();
    expect(holdings.admit('a 1', records(0, 1))).toBeUndefined();
    expect(holdings.admit('a 0', records(4, 6))).toBeUndefined();
    expect(holdings.admit('a 0', records(1, 6))).toHaveLength(5);
  });
});

describe('a place that stands still', () => {
  const watch = () => {
    const holdings = createHoldings();
    holdings.renew(['a 0']);
    return { holdings, stuck: createStuckWatch(holdings, 1_000) };
  };

  test('is told from one that waits for a deal, is paused, or moves', () => {
    const { holdings, stuck } = watch();
    holdings.admit('a 0', records(0, 3));
    const none = new Set<string>();
    expect(stuck(new Map([['a 0', 3]]), none, 0)).toBe(false);
    expect(stuck(new Map([['a 0', 3]]), none, 5_000)).toBe(false);
    expect(stuck(new Map([['a 0', 9]]), new Set(['a 0']), 9_000)).toBe(false);
    expect(stuck(new Map([['a 0', 9]]), none, 10_000)).toBe(false);
    expect(stuck(new Map([['a 0', 9]]), none, 11_500)).toBe(true);
  });

  test('begins anew when something was dealt with', () => {
    const { holdings, stuck } = watch();
    const [first] = holdings.admit('a 0', records(0, 3)) ?? [];
    const backlog = new Map([['a 0', 9]]);
    expect(stuck(backlog, new Set(), 0)).toBe(false);
    if (first) holdings.done(first);
    expect(stuck(backlog, new Set(), 1_500)).toBe(false);
    expect(stuck(backlog, new Set(), 2_000)).toBe(false);
    expect(stuck(backlog, new Set(), 3_000)).toBe(true);
  });
});

describe('a log topic that stands still', () => {
  const ends = (one: number, other: number) => new Map([...[['a 0', one] as const], ['a 1', other]]);

  test('is told however busy others are, and from one to which nothing is written', () => {
    const watch = createQuietWatch(1_000);
    const busy = () => watch.taking('a 1')();
    expect(watch.stands(ends(3, 3), 0)).toBe(false);
    busy();
    expect(watch.stands(ends(3, 9), 60_000)).toBe(false);
    expect(watch.stands(ends(4, 19), 61_000)).toBe(false);
    busy();
    expect(watch.stands(ends(4, 29), 62_000)).toBe(false);
    busy();
    expect(watch.stands(ends(4, 39), 63_000)).toBe(true);
    watch.renew();
    expect(watch.stands(ends(4, 39), 64_000)).toBe(false);
  });

  test('is not one that waits while another is taken, that is being read, or that is no longer ours', () => {
    const watch = createQuietWatch(1_000);
    watch.stands(ends(3, 3), 0);
    const taken = watch.taking('a 1');
    expect(watch.stands(ends(4, 3), 1_000)).toBe(false);
    expect(watch.stands(ends(4, 3), 3_000)).toBe(false);
    taken();
    watch.stands(ends(5, 3), 4_000);
    watch.taking('a 0')();
    expect(watch.stands(ends(5, 3), 6_000)).toBe(false);
    watch.stands(ends(6, 3), 7_000);
    expect(watch.stands(new Map([['a 1', 3]]), 9_000)).toBe(false);
  });
});

test('a log topic that may not be read is said once, until it may be read for a while', async () => {
  let now = 0;
  const slept: (() => void)[] = [];
  const sleep = () => new Promise<void>((resolve) => void slept.push(resolve));
  const [said, done] = [[] as boolean[], [] as string[]];
  const denied = createDenied({
    clock: { now: () => now, monotonic: () => now, sleep },
    lookEveryMs: 10,
    stop: new AbortController().signal,
    say: ({ so }) => void said.push(so),
  });
  const member = {
    pause: (place: string) => void done.push(`- ${place}`),
    resume: (place: string) => void done.push(place),
  };
  denied.putOff('a', 'a 0', member);
  slept.pop()?.();
  await Promise.resolve();
  expect([done, said, denied.has('a'), denied.has('b')]).toEqual([['- a 0', 'a 0'], [true], true, false]);
  now = 20;
  denied.putOff('a', 'a 0', member);
  for (now = 21; now < 50; now += 1) denied.look();
  expect(said).toEqual([true, true]);
  denied.look();
  expect([said, denied.has('a')]).toEqual([[true, true, false], false]);
});

describe('the topics', () => {
  const names = nameTopics('keyfuse', defaultRetryPlan);

  test('there is one per different wait of the plan', () => {
    const tiers = ['1s', '5s', '30s', '5m', '1h'].map((wait) => `keyfuse.retries.${wait}`);
    expect(names).toMatchObject({ candidates: 'keyfuse.candidates', parked: 'keyfuse.parked' });
    expect(names.consumed).toEqual(['keyfuse.candidates', ...tiers]);
  });

  test('a wait goes to the first tier that is long enough', () => {
    expect([0, 1_000, 1_001, 300_000, 9_999_999].map((ms) => tierFor(names, ms))).toEqual(
      ['1s', '1s', '5s', '5m', '1h'].map((wait) => `keyfuse.retries.${wait}`),
    );
  });
});

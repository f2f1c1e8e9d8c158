import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { systemClock } from '../src/core/clock.ts';
import type { Deal } from '../src/core/delivery.ts';
import { Fault } from '../src/core/errors.ts';
import type { Fact } from '../src/core/facts.ts';
import { openStore } from '../src/store.ts';
import { createEmbeddedTopic } from '../src/topic/embedded.ts';
import { createRecordedTopic } from '../src/topic/recorded.ts';
import { eventually } from './support/eventually.ts';

test('what goes round again and what is parked is said, and a parking waits for the journal', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'keyfuse-recorded-'));
  const store = openStore(join(dir, 'keyfuse.db'));
  const plan = { delays: [10, 10] };
  const embedded = createEmbeddedTopic({ store, clock: systemClock, retryPlan: plan, haltPauseMs: 20, pollMs: 1000 });
  const facts: Fact[] = [];
  let blocked = 2;
  let rounds = 0;
  const topic = createRecordedTopic(embedded, {
    plan,
    async record(fact) {
      if (fact.type === 'message.parked' && blocked-- > 0) throw new Fault('journal.blocked', 'planted');
      facts.push(fact);
    },
  });
  const deals: Record<string, () => Deal> = {
    retry: () => ({ next: 'retry', reason: 'unknown' }),
    park: () => ({ next: 'park', reason: 'malformed' }),
    throws: () => {
      throw new TypeError('planted');
    },
    done: () => ({ next: 'done' }),
    held: () => {
      rounds += 1;
      return rounds > 5 ? { next: 'done' } : { next: 'retry', reason: 'held', free: true, afterMs: 10 };
    },
  };
  try {
    await topic.publish(Object.keys(deals).map((key) => ({ key, value: Buffer.from('x') })));
    const running = await topic.consume(async ({ key }) => deals[key]?.() ?? { next: 'done' }, { concurrency: 4 });
    await eventually('three to be parked', async () => (await topic.parked.list()).length === 3);
    await eventually('the held one to end', async () => (await topic.lag()).waiting === 0);
    await running.stop(1000);
    const said = (type: string) => facts.filter((fact) => fact.type === type);
    const reasons = said('message.parked').map((fact) => 'reason' in fact && fact.reason);
    expect(reasons.sort()).toEqual(['attempts-exhausted', 'attempts-exhausted', 'malformed']);
    expect(
      said('message.retried')
        .map((fact) => 'attempt' in fact && fact.attempt)
        .sort(),
    ).toEqual([1, 1, 1, 1, 1, 1, 1, 2, 2]);
    expect(said('message.retried').filter((fact) => 'reason' in fact && fact.reason === 'held')).toHaveLength(5);
    expect(said('fault.raised')[0]).toMatchObject({
      code: 'internal.unexpected',
      detail: expect.stringContaining('planted'),
    });
    expect((await topic.lag()).waiting).toBe(0);
  } finally {
    await topic.close();
    await store.close();
    await rm(dir, { recursive: true });
  }
});

/**
 * A process of its own on an embedded topic: `node topic-child.ts FILE work|redrive|publish|consume NOTES RUN`.
 * Notes are whole lines in files, written after the fact they tell.
 */
import { appendFileSync, writeSync } from 'node:fs';
import { systemClock } from '../../src/core/clock.ts';
import type { Deal, Delivery } from '../../src/core/delivery.ts';
import { openStore } from '../../src/store.ts';
import { createEmbeddedTopic } from '../../src/topic/embedded.ts';
import type { Topic } from '../../src/topic/topic.ts';

/** What becomes of message n, for ever the same: one in seven is parked, one in five is tried twice. */
export const dealFor = ({ value, attempt }: Delivery): Deal => {
  const n = Number(Buffer.from(value).toString().split(':')[1]);
  if (n % 7 === 0) return { next: 'park', reason: 'malformed' };
  return n % 5 === 0 && attempt === 1 ? { next: 'retry', reason: 'once' } : { next: 'done' };
};

export const openTopic = (file: string): { topic: Topic; close(): Promise<void> } => {
  const store = openStore(file, { reserveBytes: 0 });
  const retryPlan = { delays: [30, 60, 120] };
  const topic = createEmbeddedTopic({ store, clock: systemClock, retryPlan, haltPauseMs: 100, pollMs: 200 });
  const close = async (): Promise<void> => {
    await topic.close();
    await store.close();
  };
  return { topic, close };
};

export const noting =
  (notes: string) =>
  async (delivery: Delivery): Promise<Deal> => {
    appendFileSync(`${notes}.dealt`, `${delivery.id} ${delivery.key} ${Buffer.from(delivery.value).toString()}\n`);
    return dealFor(delivery);
  };

/** Publishes and deals until it is killed. */
const work = async (topic: Topic, notes: string, run: number): Promise<void> => {
  await topic.consume(noting(notes), { concurrency: 8 });
  let n = 0;
  for (let round = 0; ; round += 1) {
    const names = Array.from({ length: 1 + (round % 20) }, () => `${run}:${n++}`);
    await topic.publish(
      names.map((name) => ({ key: `key-${Number(name.split(':')[1]) % 13}`, value: Buffer.from(name) })),
    );
    appendFileSync(`${notes}.acked`, `${names.join('\n')}\n`);
    if (round === 3) writeSync(1, 'at work\n');
    if (round % 10 === 0) await systemClock.sleep(5);
  }
};

const commands: Record<string, (topic: Topic, notes: string, run: number) => Promise<void>> = {
  work,
  async redrive(topic) {
    for (const { id } of await topic.parked.list()) await topic.parked.redrive(id);
  },
  async publish(topic) {
    await topic.publish([{ key: 'k', value: Buffer.from('from elsewhere') }]);
  },
  async consume(topic) {
    await topic
      .consume(async () => ({ next: 'done' }), { concurrency: 1 })
      .then(
        () => writeSync(1, 'consumes\n'),
        (error: unknown) => writeSync(1, `${String(error)}\n`),
      );
  },
};

const [, self, file, command, notes = '', run = '0'] = process.argv;
if (self?.endsWith('topic-child.ts') && file && command) {
  const { topic, close } = openTopic(file);
  await commands[command]?.(topic, notes, Number(run));
  await close();
}

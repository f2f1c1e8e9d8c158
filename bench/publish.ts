import type { Row } from './report.ts';
import { openStage, type Place } from './stage.ts';

export interface PublishSize {
  readonly candidates: number;
  readonly rounds: number;
}

/** Candidates sealed and durable on the topic per second: in batches, and one by one from many senders at once. */
export const measurePublish = async (place: Place, size: PublishSize): Promise<readonly Row[]> => {
  const { topic } = place;
  const batches: number[] = [];
  const singles: number[] = [];
  await using stage = await openStage(place, { concurrency: 64, issuerMs: 0 });
  const one = async (count: number, batch: number, atOnce: number): Promise<number> =>
    count / (await stage.publish({ count, batch, atOnce, seed: crypto.randomUUID() }));
  await one(size.candidates / 4, 100, 8);
  for (let round = 0; round < size.rounds; round += 1) {
    batches.push(await one(size.candidates, 100, 8));
    singles.push(await one(size.candidates / 2, 1, 256));
  }
  return [
    { measure: 'published, 8 × 100 at once', topic, unit: '/s', rounds: batches, goal: { least: 20_000 } },
    { measure: 'published, 256 × 1 at once', topic, unit: '/s', rounds: singles },
  ];
};

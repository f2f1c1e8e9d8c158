import { type Candidate, fromWire, toWire } from '../core/candidate.ts';
import type { Deal, Delivery } from '../core/delivery.ts';
import { Fault } from '../core/errors.ts';
import type { Seal } from './seal.ts';
import type { ConsumeOptions, Subscription, Topic } from './topic.ts';

/** Candidates on a topic: sealed on the way in, opened on the way out, keyed by fingerprint. */
export interface Candidates {
  /** Resolves when all of them are durable. */
  publish(candidates: readonly Candidate[]): Promise<void>;
  /** What does not open is parked as `unsealed`, what is no candidate as `malformed`; neither reaches `deal`. */
  consume(
    deal: (candidate: Candidate, delivery: Delivery) => Promise<Deal>,
    options: ConsumeOptions,
  ): Promise<Subscription>;
}

export const createCandidates = ({ topic, seal }: { topic: Topic; seal: Seal }): Candidates => ({
  publish: (candidates) =>
    topic.publish(
      candidates.map((candidate) => ({
        key: candidate.fingerprint,
        value: seal.seal(Buffer.from(toWire(candidate)), candidate.fingerprint),
      })),
    ),
  consume: (deal, options) =>
    topic.consume(async (delivery) => {
      const opened = open(seal, delivery);
      return typeof opened === 'string' ? { next: 'park', reason: opened } : deal(opened, delivery);
    }, options),
});

const open = (seal: Seal, { value, key }: Delivery): Candidate | 'unsealed' | 'malformed' => {
  try {
    return fromWire(Buffer.from(seal.open(value, key)).toString(), key) ?? 'malformed';
  } catch (error) {
    if (error instanceof Fault && error.next === 'park') return 'unsealed';
    throw error;
  }
};

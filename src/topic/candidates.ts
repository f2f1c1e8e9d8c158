import { type Candidate, fromWire, toWire } from '../core/candidate.ts';
import type { Deal, Delivery } from '../core/delivery.ts';
import { Fault } from '../core/errors.ts';
import type { Seal } from './seal.ts';
import type { ConsumeOptions, Subscription, Topic } from './topic.ts';

/** Candidates on a topic: sealed on the way in, opened on the way out, keyed by fingerprint. */
export interface Candidates {
  /** Resolves when all of them are durable. */
  publish(candidates: readonly Candidate[]): Promise<void>;
  /**
   * What does not open is parked as `unsealed`, what is no candidate as `malformed`; neither reaches `deal`. Where others
   * seal, they may know a newer ring than we do: what has a key that we do not know comes again for some minutes first.
   */
  consume(
    deal: (candidate: Candidate, delivery: Delivery) => Promise<Deal>,
    options: ConsumeOptions,
  ): Promise<Subscription>;
}

interface Needs {
  readonly topic: Topic;
  readonly seal: Seal;
  /** Asks for a newer ring; absent: nobody else seals, and there is none. */
  readonly renew?: (() => Promise<unknown>) | undefined;
}

/** Deliveries of a message that nobody can open yet. */
const PATIENT_ATTEMPTS = 5;

export const createCandidates = ({ topic, seal, renew }: Needs): Candidates => ({
  publish: (candidates) =>
    topic.publish(
      candidates.map((candidate) => ({
        key: candidate.fingerprint,
        value: seal.seal(Buffer.from(toWire(candidate)), candidate.fingerprint),
      })),
    ),
  consume: (deal, options) =>
    topic.consume(async (delivery) => {
      let opened = open(seal, delivery);
      if (opened === 'unknown-key' && renew) {
        await renew();
        opened = open(seal, delivery);
      }
      if (opened === 'unknown-key' && renew && delivery.attempt <= PATIENT_ATTEMPTS)
        return { next: 'retry', reason: 'unsealed' };
      if (opened === 'unknown-key') return { next: 'park', reason: 'unsealed' };
      return typeof opened === 'string' ? { next: 'park', reason: opened } : deal(opened, delivery);
    }, options),
});

const open = (seal: Seal, { value, key }: Delivery): Candidate | 'unknown-key' | 'unsealed' | 'malformed' => {
  try {
    return fromWire(Buffer.from(seal.open(value, key)).toString(), key) ?? 'malformed';
  } catch (error) {
    if (error instanceof Fault && error.code === 'seal.unknown-key') return 'unknown-key';
    if (error instanceof Fault && error.next === 'park') return 'unsealed';
    throw error;
  }
};

import { join } from 'node:path';
import { openKeys } from '../src/app-keys.ts';
import { openTopic } from '../src/app-topic.ts';
import type { Settings } from '../src/config.ts';
import type { Candidate, Fingerprint } from '../src/core/candidate.ts';
import { systemClock } from '../src/core/clock.ts';
import { sample } from '../src/core/sample.ts';
import { Secret } from '../src/core/secret.ts';
import { openStore } from '../src/store.ts';
import { type Candidates, createCandidates } from '../src/topic/candidates.ts';
import { machineMs } from './numbers.ts';

export interface Load {
  /** Different keys, none of them live. */
  readonly count: number;
  /** Candidates per publish, and publishes under way at once. */
  readonly batch: number;
  readonly atOnce: number;
  readonly seed: string;
}

const DETECTOR = 'workos-customer-key';

const makeCandidate = (seed: string, fingerprint: Fingerprint): Candidate => {
  const secret = new Secret(`sk_${sample(seed, 43)}`);
  const place = 'octo/shop@0c1d2e3f:config/production.env';
  return {
    ...{ detector: DETECTOR, secret, fingerprint: fingerprint(DETECTOR, secret), via: [], offset: 8, length: 46 },
    origin: {
      ...{ source: 'github-webhook', locator: place, link: `https://github.com/${place}`, actor: 'octocat' },
      ...{ receivedAt: Date.now(), mode: 'live' },
    },
  };
};

const publishAll = async (all: readonly Candidate[], { batch, atOnce }: Load, to: Candidates): Promise<void> => {
  let next = 0;
  const one = async (): Promise<void> => {
    while (next < all.length) {
      const from = next;
      next += batch;
      await to.publish(all.slice(from, from + batch));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, one));
};

/** Publishes as the daemon does: sealed, durable, on the topic that the settings name. Gives the seconds it took. */
export const publishLoad = async (settings: Settings, load: Load): Promise<number> => {
  const { seal, fingerprint } = openKeys(settings);
  const all = Array.from({ length: load.count }, (_, n) => makeCandidate(`${load.seed} ${n}`, fingerprint));
  const store = openStore(join(settings.dataDir, 'keyfuse.db'));
  const topic = await openTopic(settings, { store, clock: systemClock, record: async () => undefined });
  try {
    const candidates = createCandidates({ topic, seal });
    const from = machineMs();
    await publishAll(all, load, candidates);
    return (machineMs() - from) / 1000;
  } finally {
    await topic.close();
    await store.close();
  }
};

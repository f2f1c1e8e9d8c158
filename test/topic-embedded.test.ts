import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../src/core/clock.ts';
import { openStore } from '../src/store.ts';
import { createEmbeddedTopic } from '../src/topic/embedded.ts';
import { topicContract } from './topic.contract.ts';

/** No story may lean on the slow look for other processes' writes. */
const NEVER = 3_600_000;

topicContract('the embedded topic', async (settings) => {
  const home = await mkdtemp(join(tmpdir(), 'keyfuse-'));
  return {
    async open() {
      const store = openStore(join(home, 'keyfuse.db'), { reserveBytes: 0 });
      const topic = createEmbeddedTopic({ ...settings, store, clock: systemClock, pollMs: NEVER });
      const close = async (): Promise<void> => {
        await topic.close();
        await store.close();
      };
      return { ...topic, close };
    },
    destroy: () => rm(home, { recursive: true }),
  };
});

import type { Detector } from '../src/core/detector.ts';
import { looksRandom } from '../src/core/entropy.ts';
import { assigned } from '../src/core/pattern.ts';
import { random, recognised } from '../src/core/recognised.ts';

const key = (seed: string) => `${random(`zhipu ${seed}`, 32, 'hex')}.${random(`zhipu ${seed} 2`, 16)}`;

/** API keys of Zhipu AI (Z.ai): an id and a secret; nothing tells them but the name beside them. */
export const zhipu = (): readonly Detector[] => [
  recognised({
    id: 'zhipu-api-key',
    issuer: 'zhipu',
    docs: 'https://docs.z.ai/guides/overview/quick-start',
    ...assigned(['zhipu', 'bigmodel', 'glm_api', 'zai_api', 'z.ai'], '[0-9a-f]{32}\\.[A-Za-z0-9]{16}'),
    accept: (secret) => looksRandom(secret.slice(33), 2.8),
    examples: () => ({
      context: 'ZHIPU_API_KEY=',
      ours: ['a', 'b', 'c'].map(key),
      not: [key('no name'), `ZHIPU_API_KEY=${key('short').slice(1)}`, `ZHIPU_API_KEY=${key('long')}A`],
    }),
  }),
];

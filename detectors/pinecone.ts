import type { Detector } from '../src/core/detector.ts';
import { looksRandom } from '../src/core/entropy.ts';
import { examplesOf, random, recognised } from '../src/core/recognised.ts';

const key = (seed: string) => `pcsk_${random(`pinecone ${seed}`, 6)}_${random(`pinecone ${seed} 2`, 63)}`;

/** API keys of Pinecone. */
export const pinecone = (): readonly Detector[] => [
  recognised({
    id: 'pinecone-api-key',
    issuer: 'pinecone',
    docs: 'https://docs.pinecone.io/guides/projects/manage-api-keys',
    keywords: ['pcsk_'],
    pattern: /(?<secret>pcsk_[A-Za-z0-9]{5,6}_[A-Za-z0-9]{63})(?![A-Za-z0-9])/,
    accept: (secret) => looksRandom(secret.slice(12), 3.5),
    examples: () => examplesOf(key, [key('short').slice(0, -1), `${key('long')}A`]),
  }),
];

import type { Detector } from '../src/core/detector.ts';
import { looksRandom } from '../src/core/entropy.ts';
import { examplesOf, random, recognised } from '../src/core/recognised.ts';

const key = (seed: string) =>
  `lsv2_${seed === 'b' ? 'sk' : 'pt'}_${random(`langsmith ${seed}`, 32, 'hex')}_${random(`langsmith ${seed}`, 10, 'hex')}`;

/** API keys of LangSmith: of a person, and of a service. */
export const langsmith = (): readonly Detector[] => [
  recognised({
    id: 'langsmith-api-key',
    issuer: 'langsmith',
    docs: 'https://docs.langchain.com/langsmith/create-account-api-key',
    keywords: ['lsv2_pt_', 'lsv2_sk_'],
    pattern: /(?<secret>lsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10})(?![A-Za-z0-9])/,
    accept: (secret) => looksRandom(secret.slice(8, 40), 2.6),
    examples: () => examplesOf(key, [key('short').slice(0, -1), `${key('long')}0`]),
  }),
];

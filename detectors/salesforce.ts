import type { Detector } from '../src/core/detector.ts';
import { looksRandom } from '../src/core/entropy.ts';
import { examplesOf, random, recognised } from '../src/core/recognised.ts';

const token = (seed: string) =>
  `00D${random(`salesforce ${seed}`, 12)}!AQ${random(`salesforce ${seed} 2`, 40)}.${random(`salesforce ${seed} 3`, 54)}`;

/** Session ids and access tokens of Salesforce: the organization's id, then an exclamation mark. */
export const salesforce = (): readonly Detector[] => [
  recognised({
    id: 'salesforce-access-token',
    issuer: 'salesforce',
    docs: 'https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/quickstart_oauth.htm',
    keywords: ['00D'],
    pattern: /(?<secret>00D[A-Za-z0-9]{12}![A-Za-z0-9._]{79,257}[A-Za-z0-9_])(?![A-Za-z0-9_])/,
    accept: (secret) => looksRandom(secret.slice(16), 3.5),
    examples: () => examplesOf(token, [token('short').slice(0, 90), token('x').replace('!', '?')]),
  }),
];

import type { Detector } from '../src/core/detector.ts';
import { looksRandom } from '../src/core/entropy.ts';
import { examplesOf, prefixed, random, recognised } from '../src/core/recognised.ts';

const given = { issuer: 'doppler', docs: 'https://docs.doppler.com/reference/auth-token-formats' } as const;
const token = (kind: string, prefix: string): Detector =>
  prefixed({ ...given, id: `doppler-${kind}`, prefix, alphabet: 'alphanumeric', length: [40, 44] });

const service = (seed: string) => `dp.st.prd_eu.${random(`doppler ${seed}`, 43)}`;

export const doppler = (): readonly Detector[] => [
  recognised({
    ...{ ...given, id: 'doppler-service-token', keywords: ['dp.st.'] },
    pattern: /(?<secret>dp\.st\.(?:[a-z0-9_-]{2,35}\.)?[A-Za-z0-9]{40,44})(?![A-Za-z0-9])/,
    accept: (secret) => looksRandom(secret.slice(-40), 3),
    examples: () => examplesOf(service, [service('short').slice(0, -4), `${service('long')}00`]),
  }),
  token('personal-token', 'dp.pt.'),
  token('cli-token', 'dp.ct.'),
  token('service-account-token', 'dp.sa.'),
  token('service-account-identity-token', 'dp.said.'),
  token('scim-token', 'dp.scim.'),
  token('audit-token', 'dp.audit.'),
];

import type { Detector } from '../src/core/detector.ts';
import { looksRandom } from '../src/core/entropy.ts';
import { assigned } from '../src/core/pattern.ts';
import { prefixed, random, recognised } from '../src/core/recognised.ts';

const docs = 'https://docs.gitea.com/development/api-usage';
const token = (seed: string) => random(`gitea ${seed}`, 40, 'hex');

export const gitea = (): readonly Detector[] => [
  prefixed({
    ...{ id: 'gitea-oauth-secret', issuer: 'gitea', docs: 'https://docs.gitea.com/development/oauth2-provider' },
    ...{ prefix: 'gto_', alphabet: 'lower', length: 52 },
  }),
  recognised({
    ...{ id: 'gitea-access-token', issuer: 'gitea', docs },
    // A commit's name has the same look: only what is called a token.
    ...assigned(['gitea_token', 'gitea_access_token', 'gitea_api_token', 'giteatoken', 'gitea-token'], '[0-9a-f]{40}'),
    accept: (secret) => looksRandom(secret, 3),
    examples: () => ({
      context: 'GITEA_TOKEN=',
      ours: ['a', 'b'].map(token),
      not: [token('no name'), `gitea=${token('x')}`],
    }),
  }),
];

import type { Detector } from '../src/core/detector.ts';
import { looksRandom } from '../src/core/entropy.ts';
import { assigned } from '../src/core/pattern.ts';
import { prefixed, random, recognised } from '../src/core/recognised.ts';

const given = {
  issuer: 'hashicorp',
  docs: 'https://developer.hashicorp.com/vault/docs/concepts/tokens#token-prefixes',
} as const;
const old = (seed: string) => `s.${random(`vault ${seed}`, 24)}`;

export const vault = (): readonly Detector[] => [
  prefixed({ ...given, id: 'vault-service-token', prefix: 'hvs.', alphabet: 'words', length: [24, 160] }),
  prefixed({ ...given, id: 'vault-batch-token', prefix: 'hvb.', alphabet: 'words', length: [90, 400] }),
  prefixed({ ...given, id: 'vault-recovery-token', prefix: 'hvr.', alphabet: 'words', length: [24, 160] }),
  recognised({
    // Before Vault 1.10.
    ...{ ...given, id: 'vault-old-service-token', ...assigned(['vault'], 's\\.[A-Za-z0-9]{24}') },
    accept: (secret) => looksRandom(secret.slice(2), 3),
    examples: () => ({
      context: 'VAULT_TOKEN=',
      ours: ['a', 'b'].map(old),
      not: [old('no name'), `VAULT=${old('long')}0`],
    }),
  }),
];

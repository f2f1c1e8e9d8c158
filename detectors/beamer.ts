import type { Detector } from '../src/core/detector.ts';
import { named } from '../src/core/named.ts';

/** API keys of Beamer. */
export const beamer = (): readonly Detector[] => [
  named({
    id: 'beamer-api-key',
    issuer: 'beamer',
    docs: 'https://www.getbeamer.com/api',
    names: ['beamer'],
    prefix: 'b_',
    alphabet: 'words',
    length: 44,
  }),
];

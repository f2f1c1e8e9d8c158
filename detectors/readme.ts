import type { Detector } from '../src/core/detector.ts';
import { prefixed } from '../src/core/recognised.ts';

/** API keys of ReadMe. */
export const readme = (): readonly Detector[] => [
  prefixed({
    id: 'readme-api-key',
    issuer: 'readme',
    docs: 'https://docs.readme.com/main/reference/intro/authentication',
    prefix: 'rdme_',
    alphabet: 'lower',
    length: 70,
  }),
];

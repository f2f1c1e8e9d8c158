import type { Detector } from '../src/core/detector.ts';
import { named } from '../src/core/named.ts';

/** API keys of Vultr. */
export const vultr = (): readonly Detector[] => [
  named({
    id: 'vultr-api-key',
    issuer: 'vultr',
    docs: 'https://docs.vultr.com/platform/other/api',
    names: ['vultr'],
    alphabet: 'upper',
    length: 36,
  }),
];

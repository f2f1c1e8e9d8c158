import type { Detector } from '../src/core/detector.ts';
import { prefixed } from '../src/core/recognised.ts';

/** API tokens of Apify. */
export const apify = (): readonly Detector[] => [
  prefixed({
    id: 'apify-api-token',
    issuer: 'apify',
    docs: 'https://docs.apify.com/platform/integrations/api',
    prefix: 'apify_api_',
    alphabet: 'alphanumeric',
    length: [34, 40],
  }),
];

import type { Detector } from '../src/core/detector.ts';
import { prefixed } from '../src/core/recognised.ts';

/** API keys of Tavily, older and with the environment in them. */
export const tavily = (): readonly Detector[] => [
  prefixed({
    id: 'tavily-api-key',
    issuer: 'tavily',
    docs: 'https://docs.tavily.com/documentation/api-reference/introduction',
    prefix: ['tvly-dev-', 'tvly-prod-', 'tvly-'],
    alphabet: 'alphanumeric',
    length: 32,
  }),
];

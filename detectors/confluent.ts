import type { Detector } from '../src/core/detector.ts';
import { prefixed } from '../src/core/recognised.ts';

/** API secrets of Confluent Cloud, since July 2025. */
export const confluent = (): readonly Detector[] => [
  prefixed({
    id: 'confluent-api-secret',
    issuer: 'confluent',
    docs: 'https://docs.confluent.io/cloud/current/access-management/authenticate/api-keys/overview.html',
    prefix: 'cflt',
    alphabet: 'base64',
    length: 60,
  }),
];

import type { Detector } from '../src/core/detector.ts';
import { named } from '../src/core/named.ts';
import { prefixed } from '../src/core/recognised.ts';

const issuer = 'twilio';

/** API keys of Twilio. */
export const twilio = (): readonly Detector[] => [
  prefixed({
    id: 'twilio-api-key',
    issuer,
    docs: 'https://www.twilio.com/docs/iam/api-keys',
    prefix: 'SK',
    alphabet: 'hexAnyCase',
    length: 32,
  }),
  // Auth tokens of Twilio's accounts: nothing tells them but the name beside them.
  named({
    id: 'twilio-auth-token',
    issuer,
    docs: 'https://www.twilio.com/docs/iam/api/authtoken',
    names: ['twilio'],
    alphabet: 'hex',
    length: 32,
  }),
];

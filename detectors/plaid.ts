import type { Detector } from '../src/core/detector.ts';
import { named } from '../src/core/named.ts';
import { examplesOf, recognised } from '../src/core/recognised.ts';
import { isRandomUuid, UUID, uuid } from '../src/core/uuid.ts';

const issuer = 'plaid';
const token = (mode: string) => (seed: string) => `access-${mode}-${uuid(`plaid ${seed}`)}`;

/** Access tokens of Plaid: one opens one bank account. */
export const plaid = (): readonly Detector[] => [
  recognised({
    id: 'plaid-access-token',
    issuer,
    docs: 'https://plaid.com/docs/api/items/',
    keywords: ['access-production-', 'access-sandbox-', 'access-development-'],
    pattern: new RegExp(`(?<secret>access-(?:production|development|sandbox)-${UUID})(?![A-Za-z0-9])`),
    accept: isRandomUuid,
    examples: () =>
      examplesOf(token('production'), [token('sandbox')('short').slice(0, -1), token('test')('other mode')]),
  }),
  // Secrets of Plaid's clients: nothing tells them but the name beside them.
  named({
    id: 'plaid-secret',
    issuer,
    docs: 'https://plaid.com/docs/api/#api-access',
    names: ['plaid'],
    alphabet: 'lower',
    length: 30,
  }),
];

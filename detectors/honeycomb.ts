import type { Detector } from '../src/core/detector.ts';
import { named } from '../src/core/named.ts';
import { examplesOf, random, recognised } from '../src/core/recognised.ts';

const issuer = 'honeycomb';
const docs = 'https://docs.honeycomb.io/api/authentication';
const key = (seed: string) => `hc${seed === 'b' ? 'b' : 'a'}ik_${random(`honeycomb ${seed}`, 58, 'lower')}`;

/** Ingest keys of Honeycomb; a letter tells the cluster. */
export const honeycomb = (): readonly Detector[] => [
  recognised({
    id: 'honeycomb-ingest-key',
    issuer,
    docs,
    keywords: ['ik_'],
    pattern: /(?<secret>hc[a-z]ik_[0-9a-z]{58})(?![A-Za-z0-9])/,
    accept: (secret) => new Set(secret.slice(6)).size > 15,
    examples: () =>
      examplesOf(key, [key('short').slice(0, -1), `${key('long')}a`, `hcaik_${'1234567890'.repeat(6).slice(2)}`]),
  }),
  // Configuration keys: nothing tells them but the name beside them.
  named({
    id: 'honeycomb-configuration-key',
    issuer,
    docs,
    names: ['honeycomb'],
    alphabet: 'alphanumeric',
    length: 22,
  }),
  named({ id: 'honeycomb-classic-key', issuer, docs, names: ['honeycomb'], alphabet: 'hex', length: 32 }),
];

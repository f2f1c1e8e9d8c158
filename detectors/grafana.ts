import { hexCrc32 } from '../src/core/checksum.ts';
import type { Detector } from '../src/core/detector.ts';
import { looksRandom } from '../src/core/entropy.ts';
import { examplesOf, random, recognised } from '../src/core/recognised.ts';

const issuer = 'grafana';
const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64').replaceAll('=', '');

/**
 * The eight digits at the end: CRC-32 of all before the last underscore, least significant byte first
 * (https://github.com/grafana/grafana/blob/main/pkg/components/satokengen/tokengen.go).
 */
const checksumOf = (body: string): string => hexCrc32(body).replace(/(..)(..)(..)(..)/, '$4$3$2$1');
const serviceToken = (seed: string) => {
  const body = `glsa_${random(`grafana ${seed}`, 32)}`;
  return `${body}_${checksumOf(body)}`;
};
const cloudToken = (seed: string) =>
  `glc_${base64({ o: '123', n: 'acme', k: random(`grafana ${seed}`, 24), m: { r: 'us' } })}`;
const olderKey = (seed: string) => base64({ k: random(`grafana ${seed}`, 32), n: 'acme', id: 1 });

/** Tokens of Grafana: of service accounts (with a checksum), of Grafana Cloud, and API keys from before them. */
export const grafana = (): readonly Detector[] => [
  recognised({
    id: 'grafana-service-account-token',
    issuer,
    docs: 'https://grafana.com/docs/grafana/latest/administration/service-accounts/',
    keywords: ['glsa_'],
    pattern: /(?<secret>glsa_[A-Za-z0-9]{32}_[0-9a-f]{8})(?![A-Za-z0-9])/,
    accept: (secret) => secret.slice(-8) === checksumOf(secret.slice(0, -9)),
    examples: () =>
      examplesOf(serviceToken, [
        serviceToken('short').slice(0, -1),
        `${serviceToken('checksum').slice(0, -1)}z`,
        `glsa_${random('another checksum', 32)}_00000000`,
      ]),
  }),
  recognised({
    id: 'grafana-cloud-token',
    issuer,
    docs: 'https://grafana.com/docs/grafana-cloud/security-and-account-management/authentication-and-permissions/access-policies/',
    keywords: ['glc_eyJ'],
    pattern: /(?<secret>glc_[A-Za-z0-9]{32,300}={0,3})(?![A-Za-z0-9=]|%3[dD])/,
    accept: (secret) => looksRandom(secret.slice(4), 3.5),
    examples: () => examplesOf(cloudToken, [cloudToken('short').slice(0, 30), `glc_eyJ${'x'.repeat(80)}`]),
  }),
  recognised({
    id: 'grafana-api-key',
    issuer,
    docs: 'https://grafana.com/docs/grafana/latest/developers/http_api/auth/',
    keywords: ['eyJrIjoi'],
    pattern: /(?<secret>eyJrIjoi[A-Za-z0-9]{42,300}={0,2})(?![A-Za-z0-9=]|%3[dD])/,
    accept: (secret) => /^\{"k":"[A-Za-z0-9]{20,}","n":"/.test(Buffer.from(secret, 'base64').toString('latin1')),
    examples: () =>
      examplesOf(olderKey, [olderKey('short').slice(0, 48), base64({ k: 'x', n: random('no key', 60), id: 1 })]),
  }),
];

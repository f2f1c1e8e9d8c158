import { generateKeyPairSync } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Format } from './format.ts';
import { DIGITS, UPPER } from './random.ts';

const CROCKFORD = DIGITS + UPPER.replace(/[ILOU]/g, '');

const b64url = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** The frame of a PEM block with other letters in it: real DER would be the same work for a scanner. */
const pem = (label: string, base64: string): string =>
  `-----BEGIN ${label}-----\n${(base64.match(/.{1,64}/g) ?? []).join('\n')}\n-----END ${label}-----`;

const ofMode = (mode: 'live' | 'test'): Format => [
  'workos',
  'environment key',
  ({ random, an }) => {
    const content = `key_01${random.text(CROCKFORD, 24)},${an(25)}`;
    return { secret: `sk_${mode}_${Buffer.from(content).toString('base64').slice(0, 75)}`, inner: '+/' };
  },
];

const database = (scheme: string, port: number): Format => [
  'database',
  `${scheme} URL`,
  ({ random, an, low }) => {
    const password = an(8 + random.int(16));
    const secret = `${scheme}://app:${password}@db.${low(6)}.internal:${port}/orders`;
    return {
      secret,
      also: [password, secret.slice(0, secret.lastIndexOf('/')), secret.slice(0, secret.lastIndexOf(':'))],
    };
  },
];

/** Formats that take more than a line to make. */
export const longFormats: readonly Format[] = [
  ofMode('live'),
  ofMode('test'),
  ['workos', 'customer key', ({ an }) => `sk_${an(40)}`],
  ['workos', 'older customer key', ({ an }) => `wos_api_key_${an(36)}`],
  [
    'jwt',
    'signed token',
    ({ num, url }) =>
      `${b64url({ alg: 'HS256', typ: 'JWT' })}.${b64url({ sub: num(10), iat: 1_700_000_000 + Number(num(6)) })}.${url(43)}`,
  ],
  [
    'private key',
    'EC, PKCS#8',
    () => {
      const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const whole = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
      return { secret: whole.trimEnd(), also: [whole], inner: '+/=' };
    },
  ],
  [
    'private key',
    'RSA',
    ({ b64 }) => {
      const secret = pem(['RSA', 'PRIVATE', 'KEY'].join(' '), `MIIEpAIBAAKCAQEA${b64(1576)}`);
      return { secret, also: [`${secret}\n`] };
    },
  ],
  [
    'private key',
    'OpenSSH',
    ({ b64 }) => {
      const secret = pem(
        ['OPENSSH', 'PRIVATE', 'KEY'].join(' '),
        `b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQ${b64(422)}`,
      );
      return { secret, also: [`${secret}\n`] };
    },
  ],
  [
    'azure',
    'storage key',
    ({ b64 }) => {
      const key = `${b64(86)}==`;
      const before = 'DefaultEndpointsProtocol=https;AccountName=orders;AccountKey=';
      const after = ';EndpointSuffix=core.windows.net';
      return {
        before,
        secret: key,
        after,
        also: [before + key + after, `AccountKey=${key}`, before + key],
        inner: '+/=',
      };
    },
  ],
  [
    'azure',
    'client secret',
    ({ an, url }) => ({ before: 'AZURE_CLIENT_SECRET=', secret: `${an(3)}8Q~${url(34)}`, inner: '-_.~' }),
  ],
  ['azure', 'DevOps token', ({ low }) => ({ before: 'AZURE_DEVOPS_EXT_PAT=', secret: low(52) })],
  [
    'grafana',
    'service account token',
    ({ an }) => {
      const body = `glsa_${an(32)}`;
      const sum = Buffer.alloc(4);
      sum.writeUInt32LE(crc32(body)); // of which Grafana writes the lowest byte first
      return `${body}_${sum.toString('hex')}`;
    },
  ],
  [
    'grafana',
    'cloud token',
    ({ num, an }) => {
      const content = { o: num(6), n: `stack-${num(6)}-token`, k: an(24), m: { r: 'eu' } };
      return { secret: `glc_${Buffer.from(JSON.stringify(content)).toString('base64')}`, inner: '+/=' };
    },
  ],
  [
    '1password',
    'service account',
    ({ low, an, uuid }) => {
      const content = {
        signInAddress: 'my.1password.com',
        email: `${low(13)}@1passwordserviceaccounts.com`,
        deviceUuid: low(26),
        secretKey: `A3-${an(6)}-${uuid()}`,
        throttleSecret: { seed: an(64), uuid: an(26) },
      };
      return { secret: `ops_${Buffer.from(JSON.stringify(content)).toString('base64')}`, inner: '+/=' };
    },
  ],
  database('postgres', 5432),
  database('postgresql', 5432),
  database('mysql', 3306),
  database('mongodb', 27017),
  database('redis', 6379),
  database('amqp', 5672),
];

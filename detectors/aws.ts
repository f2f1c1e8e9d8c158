import type { Detector } from '../src/core/detector.ts';
import { looksRandom } from '../src/core/entropy.ts';
import { assigned } from '../src/core/pattern.ts';
import { examplesOf, prefixed, random, recognised } from '../src/core/recognised.ts';
import { isRandomUuid, UUID, uuid } from '../src/core/uuid.ts';

const issuer = 'aws';
const identifiers = 'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html';
const hex = (seed: string, length: number) => random(`aws ${seed}`, length, 'hex');
const mws = (seed: string) => `amzn.mws.${uuid(seed)}`;
const bedrock = (seed: string) => `ABSK${random(`bedrock ${seed}`, 128)}`;
const secretKey = (seed: string) => random(`aws ${seed}`, 40, 'base64');

/** Sixteen of thirty-two letters have twelve or thirteen different ones; those that documentation makes up have few. */
const isVaried = (secret: string): boolean => new Set(secret.slice(4)).size > 6;

const bedrockKey = recognised({
  id: 'aws-bedrock-api-key',
  issuer,
  docs: 'https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys.html',
  keywords: ['ABSK'],
  pattern: /(?<secret>ABSK[A-Za-z0-9]{109,269}={0,2})(?![A-Za-z0-9=]|%3[dD])/,
  accept: (secret) => looksRandom(secret.slice(4), 4),
  examples: () => examplesOf(bedrock, [bedrock('short').slice(0, 112), `ABSK${'A'.repeat(128)}`]),
});

const byName = assigned(
  ['aws', 'secret_access_key', 'secretaccesskey', 'secret-access-key', 's3_secret', 's3-secret', 's3a.secret'],
  '[A-Za-z0-9+/]{40}(?![+=])',
);
/** Right after the key's id: in a call, a line of the file that Amazon gives, `id:secret`, or with a name between. */
const BY_ID =
  'A[KS]IA[A-Z2-7]{16}[^A-Za-z0-9+/]{1,12}(?:[A-Za-z_.-]{0,16}[sS]ecret[A-Za-z_.-]{0,16}[^A-Za-z0-9+/]{1,8})?';

/** Nothing tells a secret access key but the name or the id beside it; a commit's hash is as long, but has no capitals. */
const secretAccessKey = recognised({
  id: 'aws-secret-access-key',
  issuer,
  docs: identifiers,
  keywords: [...byName.keywords, 'AKIA', 'ASIA'],
  pattern: new RegExp(byName.pattern.source.replace(/^(.*)(?=\(\?<secret>)/, `(?:$1|${BY_ID})`)),
  accept: (secret) => /[A-Z]/.test(secret) && /[a-z]/.test(secret) && /[0-9]/.test(secret) && looksRandom(secret, 4),
  examples: () => ({
    context: 'AWS_SECRET_ACCESS_KEY=',
    ours: ['a', 'b', 'c'].map(secretKey),
    not: [
      secretKey('without a name'),
      `AWS_SECRET_ACCESS_KEY=${secretKey('short').slice(1)}`,
      `AWS_SECRET_ACCESS_KEY=${secretKey('long')}AAAA`,
      `aws-sdk: ${hex('commit', 40)}`,
    ],
  }),
});

/** Keys of Amazon Web Services. The documentation’s keys end with EXAMPLE or EXAMPLEKEY. */
export const aws = (): readonly Detector[] => [
  prefixed({
    id: 'aws-access-key-id',
    issuer,
    docs: identifiers,
    prefix: ['AKIA', 'ASIA', 'ABIA', 'ACCA'],
    alphabet: 'base32',
    length: 16,
    accept: isVaried,
  }),
  bedrockKey,
  recognised({
    id: 'aws-mws-auth-token',
    issuer,
    docs: 'https://docs.developer.amazonservices.com/en_US/dev_guide/DG_Registering.html',
    keywords: ['amzn.mws.'],
    pattern: new RegExp(`(?<secret>amzn\\.mws\\.${UUID})(?![A-Za-z0-9])`),
    accept: isRandomUuid,
    examples: () => examplesOf(mws, [mws('short').slice(0, -1), `amzn.mws.${uuid('').replace(/[0-9a-f]/g, '0')}`]),
  }),
  prefixed({
    id: 'aws-appsync-api-key',
    issuer,
    docs: 'https://docs.aws.amazon.com/appsync/latest/devguide/security-authz.html',
    prefix: 'da2-',
    alphabet: 'lower',
    length: 26,
  }),
  secretAccessKey,
];

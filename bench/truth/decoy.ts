import type { Detector } from '../../src/core/detector.ts';
import type { KeyMaker } from './key.ts';
import { ALNUM, BASE64, BASE64URL, HEX, LOWER, type Random, UPPER } from './random.ts';

/** Text in which no key stands. */
export interface Decoy {
  readonly kind: string;
  readonly text: string;
  /** Only an alarm of this detector is false: for any other the text may be right. */
  readonly only?: string;
}

type Made = readonly [kind: string, make: (random: Random) => string];

const uuid = (random: Random): string => [8, 4, 4, 4, 12].map((length) => random.text(HEX, length)).join('-');
const base64 = (random: Random, length: number): string => random.bytes(length).toString('base64');
const camel = (random: Random): string =>
  Array.from({ length: 3 + random.int(3) }, () =>
    random.pick(['Order', 'Queue', 'Retry', 'Batch', 'Index', 'Page', 'Tree']),
  ).join('');
const snake = (random: Random): string =>
  Array.from({ length: 3 + random.int(4) }, () =>
    random.pick(['order', 'queue', 'retry', 'memory', 'wait', 'stream', 'name', 'x509', 'sha256']),
  ).join('_');

/** Machine-made text that fills repositories and logs. */
const everyday: readonly Made[] = [
  ['md5', (r) => `"checksum": "${r.text(HEX, 32)}",`],
  ['sha1', (r) => `commit ${r.text(HEX, 40)}`],
  ['sha256', (r) => `sha256:${r.text(HEX, 64)}`],
  ['sha512 hex', (r) => `${r.text(HEX, 128)}  dist.tar.gz`],
  ['git index line', (r) => `index ${r.text(HEX, 10)}..${r.text(HEX, 10)} 100644`],
  ['lock file', (r) => `      "integrity": "sha512-${base64(r, 64)}",`],
  ['yarn lock', (r) => `  resolved "https://registry.test/a/-/a-1.2.3.tgz#${r.text(HEX, 40)}"`],
  ['cargo lock', (r) => `checksum = "${r.text(HEX, 64)}"`],
  ['go.sum', (r) => `github.com/a/b v1.2.3 h1:${base64(r, 32)}`],
  ['poetry lock', (r) => `    {file = "a-1.0-py3-none-any.whl", hash = "sha256:${r.text(HEX, 64)}"},`],
  ['UUID', (r) => `request_id=${uuid(r)} took=7ms`],
  ['UUID without dashes', (r) => `id: ${uuid(r).replaceAll('-', '')}`],
  ['ULID', (r) => `"id":"01${r.text('0123456789ABCDEFGHJKMNPQRSTVWXYZ', 24)}"`],
  [
    'typed id',
    (r) =>
      `"user":"user_01${r.text('0123456789ABCDEFGHJKMNPQRSTVWXYZ', 24)}","org":"org_01${r.text('0123456789ABCDEFGHJKMNPQRSTVWXYZ', 24)}"`,
  ],
  ['trace ids', (r) => `{"traceId":"${r.text(HEX, 32)}","spanId":"${r.text(HEX, 16)}"}`],
  ['traceparent', (r) => `traceparent: 00-${r.text(HEX, 32)}-${r.text(HEX, 16)}-01`],
  ['PNG in base64', (r) => `<img src="data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAA${base64(r, 600)}">`],
  ['font in base64', (r) => `src:url(data:font/woff2;base64,d09GMgABAAAAA${base64(r, 900)})`],
  [
    'source map',
    (r) => `{"mappings":"${Array.from({ length: 60 }, () => r.text(`${LOWER}${UPPER}`, 4)).join(',')};AAAA"}`,
  ],
  [
    'certificate',
    (r) => `-----BEGIN CERTIFICATE-----\n${base64(r, 480).replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----`,
  ],
  [
    'public key',
    (r) =>
      `-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkq${base64(r, 282).replace(/.{64}/g, '$&\n')}\n-----END PUBLIC KEY-----`,
  ],
  [
    'PGP signature',
    (r) => `-----BEGIN PGP SIGNATURE-----\n\n${base64(r, 300).replace(/.{64}/g, '$&\n')}\n-----END PGP SIGNATURE-----`,
  ],
  ['SSH public key', (r) => `ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQ${base64(r, 380)} me@host`],
  ['ed25519 public key', (r) => `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${r.text(BASE64, 43)} me@host`],
  ['known_hosts', (r) => `|1|${base64(r, 20)}|${base64(r, 20)} ssh-ed25519`],
  ['CSP nonce', (r) => `Content-Security-Policy: script-src 'nonce-${base64(r, 16)}' 'sha256-${base64(r, 32)}'`],
  ['etag', (r) => `ETag: W/"${r.text(HEX, 32)}"`],
  ['bcrypt', (r) => `$2b$12$${r.text(`${ALNUM}./`, 53)}`],
  ['argon2', (r) => `$argon2id$v=19$m=65536,t=3,p=4$${r.text(BASE64, 22)}$${r.text(BASE64, 43)}`],
  [
    'minified names',
    (r) => `function ${r.text(LOWER, 2)}(e,t){return ${r.text(LOWER, 1)}.${camel(r)}(e)||t.${r.text(ALNUM, 6)}}`,
  ],
  ['webpack chunk', (r) => `${r.text(HEX, 20)}.chunk.js`],
  ['names in programs', (r) => `${snake(r)}(${snake(r)}, ${camel(r)});`],
  [
    'words that end in sk_',
    (r) =>
      `${r.pick(['task', 'disk', 'risk', 'mask', 'flask'])}_${snake(r)} = ${r.pick(['ta', 'di', 'ri'])}sk_${r.text(ALNUM, 24)}`,
  ],
  ['names that begin with sk_', (r) => `${r.pick(['sk_', 'SK_', 'sk-'])}${snake(r)}`],
  ['CSS classes', (r) => `.sk-${snake(r).replaceAll('_', '-')}-${r.text(LOWER, 8)}{}`],
  ['youtube id', (r) => `https://www.youtube.com/watch?v=${r.text(BASE64URL, 11)}`],
  ['drive id', (r) => `https://docs.google.com/document/d/1${r.text(BASE64URL, 43)}/edit`],
  ['S3 URL', (r) => `https://bucket.s3.eu-west-1.amazonaws.com/a/${uuid(r)}.png?versionId=${r.text(ALNUM, 32)}`],
  ['IPFS', (r) => `Qm${r.text(ALNUM, 44)}`],
  ['bitcoin address', (r) => `1${r.text(ALNUM.replace(/[0OIl]/g, ''), 33)}`],
  ['ethereum address', (r) => `0x${r.text(HEX, 40)}`],
  ['random base64url line', (r) => `cursor=${r.text(BASE64URL, 64)}`],
  ['random letters', (r) => r.text(ALNUM, 20 + r.int(60))],
];

/** What documentation and tests put where a key belongs. */
const standIns: readonly Made[] = [
  [
    'reference to the environment',
    (r) =>
      `token: ${r.pick([`process.env.${'API'}_KEY`, '$' + '{API_KEY}', '$API_KEY', '{{ api_key }}', '<your-api-key>', '%API_KEY%', 'os.environ["API_KEY"]'])}`,
  ],
  [
    'secret reference',
    (r) => r.pick(['${' + '{ secrets.TOKEN }}', 'vault://kv/app#token', 'op://team/app/token', 'env://TOKEN']),
  ],
  [
    'words',
    (r) =>
      `api_key=${r.pick(['changeme', 'password', 'your_api_key_here', 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx', 'insert-your-key-here', 'not-a-real-key', 'REDACTED', '****************'])}`,
  ],
  [
    'AWS documentation',
    () =>
      `aws_access_key_id = AKIA${'IOSFODNN7'}EXAMPLE\naws_secret_access_key = wJalrXUtnFEMI/K7MDENG/${'bPxRfiCY'}EXAMPLEKEY`,
  ],
  [
    'database without a secret',
    (r) =>
      r.pick([
        'postgres://localhost:5432/app',
        'redis://cache:6379/0',
        'postgres://user:$' + '{PW}@db/app',
        'mysql://root:<password>@db/app',
        'mongodb://user:***@db/app',
      ]),
  ],
];

/** Keys whose body is none: what documentation prints under a real prefix. */
const bodies: readonly (readonly [kind: string, make: (length: number) => string])[] = [
  ['all x', (length) => 'x'.repeat(length)],
  ['all X', (length) => 'X'.repeat(length)],
  ['all zeros', (length) => '0'.repeat(length)],
  ['counting', (length) => '1234567890'.repeat(40).slice(0, length)],
  ['the alphabet', (length) => 'abcdefghijklmnopqrstuvwxyz0123456789'.repeat(20).slice(0, length)],
  ['your key here', (length) => 'your_api_key_here_'.repeat(30).slice(0, length)],
  ['EXAMPLE', (length) => `EXAMPLE${'example'.repeat(60)}`.slice(0, length)],
  ['stars', (length) => '*'.repeat(length)],
  ['dots', () => '...'],
];

const PREFIX = /^(?:[A-Za-z0-9]{2,12}[-_.]){1,3}|^(?:AKIA|ASIA|AIza|dapi|ATBB|PMAK-|SK)/;

const standInsOf = (maker: KeyMaker): readonly Decoy[] => {
  const { before, secret, after } = maker.make();
  const prefix = PREFIX.exec(secret)?.[0];
  if (!prefix || /[\r\n]/.test(secret)) return [];
  return bodies.map(([kind, make]) => ({
    kind: `placeholder, ${kind}`,
    text: `${before}${prefix}${make(secret.length - prefix.length)}${after}`,
  }));
};

const nearMissesOf = (detector: Detector): readonly Decoy[] =>
  detector.examples().not.map((text) => ({ kind: 'near miss of the registry', text, only: detector.id }));

/** Decoys of all kinds, `count` of each that is drawn by chance. */
export const makeDecoys = (
  { makers, registry, random }: { makers: readonly KeyMaker[]; registry: readonly Detector[]; random: Random },
  count: number,
): readonly Decoy[] => [
  ...[...everyday, ...standIns].flatMap(([kind, make]) =>
    Array.from({ length: count }, () => ({ kind, text: make(random) })),
  ),
  ...makers.flatMap(standInsOf),
  ...registry.flatMap(nearMissesOf),
];

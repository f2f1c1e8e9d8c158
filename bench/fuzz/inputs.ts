import { gzipSync } from 'node:zlib';
import { brokenCarriers, unusualCarriers } from '../truth/broken.ts';
import { type Carrier, toBytes } from '../truth/carrier.ts';
import { clearCarriers } from '../truth/clear.ts';
import { chainedCarriers, encodedCarriers } from '../truth/encoded.ts';
import type { KeyMaker } from '../truth/key.ts';
import { ALNUM, BASE64, BASE64URL, HEX, type Random } from '../truth/random.ts';

/** What decoders and patterns wait for. */
const hot: readonly string[] = [
  ...[
    '%',
    '%25',
    '%5F',
    '\\u00',
    '\\x',
    '\\',
    '\\n',
    '\\u{',
    '\\U000000',
    '&#',
    '&#x',
    '&lowbar;',
    ';',
    '=',
    '=\r\n',
    '=3D',
  ],
  ...[
    '"+"',
    "' '",
    '" +\n  "',
    '" . "',
    "''",
    '\\\n',
    '\n',
    '\r\n',
    '\n+',
    '\n> ',
    '\n  ',
    ' ',
    '\t',
    '\0',
    '\x1b[',
    '\x1b[0m',
  ],
  ...[
    '\u200b',
    '\ufeff',
    '\u00ad',
    'é',
    '<wbr>',
    '</b>',
    '<',
    '>',
    'eyJ',
    '.',
    '-',
    '_',
    '/',
    '+',
    ':',
    '@',
    '://',
    '//',
  ],
  ...[
    'sk_',
    'sk_live_',
    'a2V5XzAx',
    'ghp_',
    'AKIA',
    'xoxb-',
    'SG.',
    'AIza',
    'T3BlbkFJ',
    'c2tf',
    'Z2hw',
    '736b5f',
    'key=',
    'token: "',
  ],
  ...[
    '-----BEGIN ',
    ' PRIVATE KEY-----',
    '-----END ',
    '\x1f\x8b\x08',
    'PK\x03\x04',
    'stdout P ',
    'stdout F ',
    '{"log":"',
    'aws_secret',
  ],
];

const alphabets = [ALNUM, BASE64, BASE64URL, HEX, 'a', ' ', '\\u0061', '%2561', 'A=', '\x1b[m', '"+\' .&|\n'] as const;

type Make = (random: Random, keys: readonly KeyMaker[]) => Buffer;

const size = (random: Random): number =>
  random.pick([0, 1, 30, 200, 1000, 4000, 4000, 16_000, 66_000]) + random.int(64);

const noise: Make = (random) => random.bytes(size(random));
const letters: Make = (random) => Buffer.from(random.text(random.pick(alphabets), size(random)));

const tokens: Make = (random) => {
  const few = Array.from({ length: 1 + random.int(4) }, () => random.pick(hot));
  const parts: string[] = [];
  const length = size(random);
  for (let at = 0; at < length; at += 8)
    parts.push(random.int(6) === 0 ? random.text(random.pick(alphabets), random.int(60)) : random.pick(few));
  return Buffer.from(parts.join('').slice(0, 80_000), random.pick(['utf8', 'latin1']));
};

const carriers: readonly Carrier[] = [
  ...clearCarriers,
  ...encodedCarriers,
  ...chainedCarriers,
  ...brokenCarriers,
  ...unusualCarriers,
];

const written: Make = (random, keys) => {
  const parts = Array.from({ length: 1 + random.int(6) }, () => {
    const one = random.pick(carriers).write(random.pick(keys).make(), random);
    return one ? Buffer.concat([one.before, one.stands, one.after].map(toBytes)) : Buffer.from('\n');
  });
  return Buffer.concat(parts);
};

type Change = (bytes: Buffer, random: Random) => Buffer;

const insert = (bytes: Buffer, at: number, more: Buffer): Buffer =>
  Buffer.concat([bytes.subarray(0, at), more, bytes.subarray(at)]);

const changes: readonly Change[] = [
  (bytes, random) => {
    const copy = Buffer.from(bytes);
    if (copy.length > 0) copy[random.int(copy.length)] = random.int(256);
    return copy;
  },
  (bytes, random) => {
    const from = random.int(bytes.length + 1);
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(from + 1 + random.int(20))]);
  },
  (bytes, random) => insert(bytes, random.int(bytes.length + 1), Buffer.from(random.pick(hot))),
  (bytes, random) => {
    const from = random.int(bytes.length + 1);
    return insert(bytes, random.int(bytes.length + 1), bytes.subarray(from, from + random.int(200)));
  },
  (bytes, random) => insert(bytes, random.int(bytes.length + 1), Buffer.from(random.pick(hot).repeat(random.int(400)))),
  (bytes, random) =>
    insert(
      bytes,
      random.int(bytes.length + 1),
      Buffer.alloc(random.int(70_000), random.pick([' ', 'a', '\n', 'A', '\0'])),
    ),
  (bytes) => Buffer.from(bytes.toString('base64')),
  (bytes) => Buffer.from(bytes.toString('hex')),
  (bytes) => Buffer.from(bytes.toString('latin1'), 'utf16le'),
  (bytes) => Buffer.from(bytes.toString('latin1'), 'utf16le').swap16(),
  (bytes) => Buffer.from(encodeURIComponent(bytes.toString('latin1'))),
  (bytes) => Buffer.from(JSON.stringify(bytes.toString('latin1'))),
  (bytes) => gzipSync(bytes),
  (bytes) => Buffer.from(gzipSync(bytes).toString('base64')),
];

const mutated: Make = (random, keys) => {
  let bytes = written(random, keys);
  for (let times = 1 + random.int(6); times > 0; times -= 1) {
    const next = random.pick(changes)(bytes, random);
    if (next.length <= 200_000) bytes = next;
  }
  return bytes;
};

const makes: readonly (readonly [name: string, make: Make])[] = [
  ['noise', noise],
  ['letters', letters],
  ['tokens', tokens],
  ['carriers', written],
  ['mutated carriers', mutated],
  ['mutated carriers', mutated],
  ['mutated carriers', mutated],
];

export interface Input {
  readonly name: string;
  readonly bytes: Buffer;
}

export const makeInput = (random: Random, keys: readonly KeyMaker[]): Input => {
  const [name, make] = random.pick(makes);
  return { name, bytes: make(random, keys) };
};

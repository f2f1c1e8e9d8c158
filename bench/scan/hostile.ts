import { gzipSync } from 'node:zlib';
import type { Detector } from '../../src/core/detector.ts';
import { createEngine } from '../../src/scan/engine.ts';
import { ruleOf } from '../../src/scan/rule.ts';
import { ALNUM, BASE64, BASE64URL, createRandom, HEX } from '../truth/random.ts';
import { cpuSeconds, createPass } from './engine.ts';

export interface HostileRate {
  readonly name: string;
  readonly rate: number;
}

type Flood = readonly [name: string, make: (length: number) => string | Buffer];

const again = (text: string) => (length: number) => text.repeat(Math.ceil(length / text.length)).slice(0, length);

/** A piece that is made anew every time, so that nothing can be remembered of it. */
const anew =
  (make: (random: ReturnType<typeof createRandom>) => string): Flood[1] =>
  (length) => {
    const random = createRandom(length);
    const parts: string[] = [];
    for (let size = 0; size < Math.min(length, 1 << 20); ) {
      const part = make(random);
      parts.push(part);
      size += part.length;
    }
    return again(parts.join(''))(length);
  };

/** What is packed in base64, in values of so many bytes unpacked. */
const packed = (make: (random: ReturnType<typeof createRandom>) => string) =>
  anew((random) => `"${gzipSync(make(random)).toString('base64')}", `);

const nested = (length: number): string => {
  let text = createRandom(1).text(ALNUM, Math.floor((length * 27) / 64));
  for (let depth = 0; depth < 3; depth += 1) text = Buffer.from(text).toString('base64');
  return text.slice(0, length);
};

/** What somebody who wants the scanner to stop would write. */
const floods: readonly Flood[] = [
  ['spaces', again(' ')],
  ['line feeds', again('\n')],
  ['a', again('a')],
  ['A', again('A')],
  ['zeros', (length) => Buffer.alloc(length)],
  ['random bytes', (length) => createRandom(3).bytes(Math.min(length, 1 << 20))],
  ['base64 without end', anew((random) => random.text(BASE64, 4096))],
  ['base64 of text, thrice', nested],
  ['base64url without end', anew((random) => random.text(BASE64URL, 4096))],
  ['hex without end', anew((random) => random.text(HEX, 4096))],
  ['hex of text', (length) => Buffer.from(again('lorem ipsum dolor ')(length / 2)).toString('hex')],
  ['JWT-like', anew((random) => `eyJ${random.text(BASE64URL, 30)}.eyJ${random.text(BASE64URL, 40)}.`)],
  ['JWT heads', again('eyJhbGciOiJIUzI1NiJ9.')],
  ['JWT, one long', anew((random) => `eyJ${random.text(BASE64URL, 2000)}.`)],
  ['key=', again('key=')],
  ['secret', again('secret')],
  ['api_key: "', again('api_key: "')],
  ['"key": "value"', anew((random) => `"key": "${random.text(ALNUM, 12)}", `)],
  ['password = words', anew((random) => `password = ${random.text(ALNUM, 19)} `)],
  ['xoxb-1234567890-', again('xoxb-1234567890-')],
  ['AKIA', again('AKIA')],
  ['AKIA and too little', anew((random) => `AKIA${random.text(ALNUM, 14)} `)],
  ['sk_', again('sk_')],
  ['sk_live_', again('sk_live_')],
  ['sk-', again('sk-')],
  ['ghp_', again('ghp_')],
  ['ghp_ and too much', anew((random) => `ghp_${random.text(ALNUM, 44)} `)],
  ['SG.', again('SG.')],
  ['T3BlbkFJ', again('T3BlbkFJ')],
  ['://user:', again('postgres://user:')],
  ['PEM begins', again(`-----BEGIN ${'RSA'} PRIVATE KEY-----\n`)],
  ['PEM that never ends', anew((random) => `-----BEGIN ${'RSA'} PRIVATE KEY-----\n${random.text(BASE64, 65_000)}`)],
  ['backslashes', again('\\')],
  ['\\u0061', again('\\u0061')],
  ['\\\\u0061', again('\\\\u0061')],
  ['\\x61', again('\\x61')],
  ['%61', again('%61')],
  ['%25', again('%25')],
  ['%2525…', (length) => `%${'25'.repeat(length / 2)}`],
  ['&#97;', again('&#97;')],
  ['&lowbar;', again('&lowbar;')],
  ['=3D', again('=3D')],
  ['= at line ends', again('abcdef=\n')],
  ['" + "', again('" + "')],
  ["'a' 'b'", again("'a' 'b' ")],
  ['backslash line ends', again('abc\\\n')],
  ['ESC [', again('\x1b[0m')],
  ['ESC [ between letters', again('a\x1b[0m')],
  ['zero-width', again('\u200b')],
  ['zero-width between letters', again('a\u200b')],
  ['UTF-16', (length) => Buffer.from(again('sk_ key= ')(length / 2), 'utf16le')],
  ['every second zero', (length) => Buffer.from(again('a')(length / 2), 'utf16le')],
  ['gzip heads', (length) => Buffer.from(again('\x1f\x8b\x08\x00\x00\x00\x00\x00')(length), 'latin1')],
  ['bombs in base64, small', packed((random) => random.text(ALNUM, 50) + ' '.repeat(60_000))],
  ['bombs in base64, 1 MiB', packed((random) => random.text(ALNUM, 50) + ' '.repeat((1 << 20) - 100))],
  ['bombs in base64, too large', packed((random) => random.text(ALNUM, 50) + ' '.repeat(1 << 25))],
  [
    'logs packed in base64',
    packed((random) => `${random.text(ALNUM, 20)} GET /healthz 200 - probe/1.31\n`.repeat(3000)),
  ],
  ['zip heads', again('PK\x03\x04')],
];

/** Keys of every kind that end too soon, or go on too long, without anything between them but a blank. */
const nearMisses = (detectors: readonly Detector[], cut: (key: string) => string): Flood[1] => {
  const all = detectors.flatMap(({ examples }) =>
    examples()
      .ours.filter((one) => !/\n/.test(one))
      .map(cut),
  );
  return again(all.join(' ') || ' ');
};

const rateOf = (pass: (bytes: Buffer) => number, bytes: Buffer): number => {
  const began = cpuSeconds();
  pass(bytes);
  return bytes.length / 1e6 / Math.max(1e-6, cpuSeconds() - began);
};

/** MB/s over each flood, all decoders on, once the patterns are compiled to machine code: that is done in a first pass. */
export const measureHostile = (detectors: readonly Detector[], length: number): readonly HostileRate[] => {
  const pass = createPass(createEngine(detectors.map(ruleOf)));
  const missed: readonly Flood[] = [
    ['every kind, one too short', nearMisses(detectors, (key) => key.slice(0, -1))],
    ['every kind, too long', nearMisses(detectors, (key) => `${key}aB3`)],
    ['every kind, whole', nearMisses(detectors, (key) => key)],
  ];
  return [...floods, ...missed].map(([name, make]) => {
    const bytes = Buffer.from(make(length) as string);
    pass(bytes.subarray(0, length / 4));
    return { name, rate: rateOf(pass, bytes) };
  });
};

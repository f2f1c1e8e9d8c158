import { deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { sample } from '../src/core/sample.ts';
import { createReader, textOf } from './support/decoding.ts';

const key = `sk_live_${sample('decoders', 24)}+/${sample('tail', 16)}_-9`;
const plain = `sk_live_${sample('plain', 40)}`;
const NOTHING = Buffer.alloc(0);
const lines = (text: string, width: number, glue: string): string =>
  (text.match(new RegExp(`.{1,${width}}`, 'gs')) ?? []).join(glue);
const base64 = (text: string | Buffer): string => Buffer.from(text as string).toString('base64');
const each = (text: string, write: (code: number, letter: string) => string): string =>
  [...text].map((letter) => write(letter.charCodeAt(0), letter)).join('');
const hex = (code: number, digits = 2): string => code.toString(16).padStart(digits, '0');
const some = (text: string, write: (code: number) => string): string =>
  text.replaceAll(/[_+/-]/g, (letter) => write(letter.charCodeAt(0)));
const little = (text: string): Buffer => Buffer.from(text, 'utf16le');
const big = (text: string): Buffer => little(text).swap16();
const many = (text: string): string =>
  `${'a line of text\n'.repeat(20)}${text}\n${'more of it, and more\n'.repeat(30)}`;

type Row = readonly [
  name: string,
  via: string,
  before: string | Buffer,
  stands: string | Buffer,
  after: string | Buffer,
];

/** What stands is the whole encoded form of the key; decoders name their place a little wider at most. */
const rows: readonly Row[] = [
  ['base64 alone', 'base64', '', base64(key), ''],
  ['base64, url-safe', 'base64', 'a=', Buffer.from(key).toString('base64url'), '&'],
  ['base64 glued, shift 1', 'base64', 'https://x.test/state-', Buffer.from(`>${key} `).toString('base64url'), '&a=1'],
  ['base64 wrapped at 64', 'base64', '  data: |\n    ', lines(base64(many(key)), 64, '\n    '), '\n'],
  ['base64 wrapped at 76, CRLF', 'base64', '\r\n', lines(base64(many(key)), 76, '\r\n'), '\r\n'],
  ['base64 wrapped at 60 in JSON', 'base64', '{"content":"', lines(base64(many(key)), 60, '\\n'), '\\n"}'],
  ['base64 wrapped in a comment', 'base64', '# ', lines(base64(many(key)), 72, '\n# '), '\n'],
  ['base64 wrapped in a diff', 'base64', '+', lines(base64(many(key)), 76, '\n+'), '\n'],
  ['base64 wrapped in a mail that was answered', 'base64', '> ', lines(base64(many(key)), 76, '\n> '), '\n'],
  ['Basic header', 'base64', 'Authorization: Basic ', base64(`user:${key}@`), '\r\n'],
  ['base64 twice', 'base64 base64', '"', base64(base64(key)), '"'],
  ['UTF-16 in base64', 'base64 utf-16le', '-enc ', little(key).toString('base64'), '\n'],
  ['UTF-16 BE in base64', 'base64 utf-16be', '-enc ', big(key).toString('base64'), '\n'],
  ['gzip in base64', 'base64 gzip', 'release: ', gzipSync(many(key)).toString('base64'), '\n'],
  ['zlib in base64', 'base64 zlib', 'x=', deflateSync(many(key)).toString('base64'), ';'],
  ['zstd in base64', 'base64 zstd', 'x=', zstdCompressSync(many(key)).toString('base64'), ';'],
  ['gzip in base64 twice', 'base64 base64 gzip', 'release: ', base64(gzipSync(many(key)).toString('base64')), '\n'],
  ['gzip in wrapped base64', 'base64 gzip', '', lines(gzipSync(many(key)).toString('base64'), 76, '\n'), '\n'],
  ['hex', 'hex', '0x', Buffer.from(key).toString('hex'), ' '],
  ['hex, capital, glued', 'hex', 'a', Buffer.from(key).toString('hex').toUpperCase(), '00'],
  ['hex wrapped', 'hex', '', lines(Buffer.from(many(key)).toString('hex'), 60, '\n'), '\n'],
  ['percent, every character', 'percent', 'k=', each(key, (code) => `%${hex(code)}`), '&x=1'],
  ['percent, some', 'percent', 'k=', some(key, (code) => `%${hex(code).toUpperCase()}`), '&x=1'],
  ['percent twice', 'percent percent', 'k=', some(key, (code) => `%25${hex(code)}`), ' '],
  ['percent with u', 'percent', 'k=', some(key, (code) => `%u${hex(code, 4)}`), ' '],
  ['JSON \\u', 'escape', '{"k":"', some(key, (code) => `\\u${hex(code, 4)}`), '"}'],
  ['JSON in JSON \\u', 'escape escape', '"{\\"k\\":\\"', some(key, (code) => `\\\\u${hex(code, 4)}`), '\\"}"'],
  ['\\u in braces', 'escape', "'", each(key, (code) => `\\u{${hex(code)}}`), "'"],
  ['\\x', 'escape', "'", each(key, (code) => `\\x${hex(code).toUpperCase()}`), "'"],
  ['\\U', 'escape', "'", some(key, (code) => `\\U${hex(code, 8)}`), "'"],
  ['octal', 'escape', "$'", each(key, (code) => `\\${code.toString(8)}`), "'"],
  ['octal after a zero', 'escape', "printf '", each(key, (code) => `\\0${code.toString(8)}`), "'"],
  ['octal of some', 'escape', "$'", some(key, (code) => `\\${code.toString(8).padStart(3, '0')}`), "'"],
  ['CSS', 'escape', '"', some(key, (code) => `\\${hex(code)} `), '"'],
  ['CSS, six digits', 'escape', '"', some(key, (code) => `\\${hex(code, 6)}`), '"'],
  ['Python names', 'escape', '"', plain.replaceAll('_', '\\N{LOW LINE}'), '"'],
  ['Markdown', 'escape', 'my key is ', key.replaceAll('_', '\\_'), ' please'],
  ['JSON slash', 'escape', '"', key.replaceAll('/', '\\/'), '"'],
  ['entities, decimal', 'entity', '<p>', each(key, (code) => `&#${code};`), '</p>'],
  ['entities, hexadecimal, some', 'entity', '<p>', some(key, (code) => `&#x${hex(code).toUpperCase()};`), '</p>'],
  ['entities, long', 'entity', '<p>', some(key, (code) => `&#${`${code}`.padStart(7, '0')};`), '</p>'],
  ['entities, by name', 'entity', '<p>', plain.replaceAll('_', '&lowbar;'), '</p>'],
  ['entities, twice', 'entity entity', '<p>', some(plain, (code) => `&amp;#${code};`), '</p>'],
  ['quoted-printable', 'quoted-printable', 'key =3D ', key.replaceAll('_', '=5F'), '\r\n'],
  ['quoted-printable, soft break', 'quoted-printable', 'key is ', `${key.slice(0, 20)}=\r\n${key.slice(20)}`, ' now'],
  ['encoded word', 'quoted-printable', 'Subject: =?utf-8?Q?', key.replaceAll('_', '=5F'), '?='],
  ['UTF-16 LE, marked', 'utf-16le', little('\ufeffkey='), little(key), little('\r\nb=2')],
  ['UTF-16 BE, marked', 'utf-16be', big('\ufeffkey='), big(key), big('\r\nb=2')],
  ['UTF-16 LE after a foreign letter', 'utf-16le', little('ключ'), little(key), little('密')],
  ['UTF-16 BE before a foreign letter', 'utf-16be', big('ключ'), big(key), big('密钥')],
  ['UTF-16 LE to the end', 'utf-16le', '', little(key), ''],
  [
    'ANSI colours',
    'ansi',
    'key=',
    `${key.slice(0, 9)}\x1b[01;31m\x1b[K${key.slice(9, 20)}\x1b[m\x1b[K${key.slice(20)}`,
    '\n',
  ],
  ['ANSI in JSON', 'escape ansi', '"', `${plain.slice(0, 9)}\\u001b[31m${plain.slice(9)}`, '"'],
  [
    'zero-width',
    'invisible',
    'key=',
    Buffer.from(`${key.slice(0, 9)}\u200b${key.slice(9, 20)}\u00ad${key.slice(20)}`),
    '\n',
  ],
  ['zero-width in JSON', 'escape invisible', '"', `${plain.slice(0, 9)}\\u200b${plain.slice(9)}`, '"'],
  ['joined in JavaScript', 'joined', "k = '", `${key.slice(0, 9)}' + '${key.slice(9, 20)}' + '${key.slice(20)}`, "';"],
  ['joined over lines', 'joined', 'k = "', `${key.slice(0, 9)}" +\n    "${key.slice(9)}`, '"'],
  ['joined over lines, sign first', 'joined', 'k = "', `${key.slice(0, 9)}"\n    . "${key.slice(9)}`, '"'],
  ['joined in Lua', 'joined', 'k = "', `${key.slice(0, 9)}" .. "${key.slice(9)}`, '"'],
  ['joined in Visual Basic', 'joined', 'k = "', `${key.slice(0, 9)}" & _\r\n  "${key.slice(9)}`, '"'],
  ['joined in SQL', 'joined', "values ('", `${key.slice(0, 9)}' || '${key.slice(9)}`, "')"],
  ['joined in Python', 'joined', 'k = ("', `${key.slice(0, 9)}"\n     "${key.slice(9)}`, '")'],
  ['joined in a shell', 'joined', "K='", `${key.slice(0, 9)}'"${key.slice(9, 20)}"'${key.slice(20)}`, "'"],
  ['joined in a diff', 'joined', '+  k = "', `${key.slice(0, 9)}" +\n+    "${key.slice(9)}`, '"\n'],
  ['joined base64', 'joined base64', 'k = "', lines(base64(key), 20, '" +\n "'), '"'],
];

describe('a key is read in', () => {
  test.each(rows)('%s', (...[, via, ...parts]) => {
    const [before = NOTHING, stands = NOTHING, after = NOTHING] = parts.map((part) =>
      Buffer.from(part as string, 'latin1'),
    );
    for (const around of [0, 64, 63, 100]) {
      const text = textOf(Buffer.concat([before, stands, after]), { around });
      const found = [key, plain].flatMap((secret) => createReader().find(text, secret));
      const here = found.filter((one) => one.via.join(' ') === via);
      expect([...new Set(found.map((one) => one.via.join(' ')))]).toContain(via);
      for (const { place, reading } of here) {
        expect(place.start).toBeGreaterThanOrEqual(around + before.length - 2);
        expect(place.end).toBeLessThanOrEqual(around + before.length + stands.length + 2);
        if (!via.includes(' ')) expect(reading.lines === true).toBe(stands.includes('\n'));
      }
    }
  });
});

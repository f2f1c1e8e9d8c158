import { deflateSync } from 'node:zlib';
import type { Carrier, Group } from './carrier.ts';
import { eachByte, hex2, inBase64, quotedPrintable, someBytes, type Triple, urlSafe, wrap, zipped } from './codes.ts';

/** Writes a key that is encoded, context included. Undefined: this key cannot be written so. */
type Write = (key: string) => Triple | undefined;
export type EncodedRow = readonly [name: string, write: Write, ending?: string];

export const carriersOf = (group: Group, rows: readonly EncodedRow[]): readonly Carrier[] =>
  rows.map(([name, write, ending = '.txt']) => ({
    name,
    group,
    ending,
    write(key) {
      const written = write(key.before + key.secret + key.after);
      if (!written) return undefined;
      const [before, stands, after] = written;
      return { before, stands, after };
    },
  }));

const around = (before: string, [left, stands, right]: Triple, after: string): Triple => [
  before + left,
  stands,
  right + after,
];
const upper = (code: number): string => hex2(code).toUpperCase();
const octal = (code: number): string => code.toString(8).padStart(3, '0');
const special = /[^A-Za-z0-9]/;
/** Keys without such a character would stand in clear. */
const onlySpecial = (key: string, write: (code: number) => string): string | undefined =>
  special.test(key) ? someBytes(key, special, write) : undefined;
const triple = (before: string, stands: string | undefined, after: string): Triple | undefined =>
  stands === undefined ? undefined : [before, stands, after];

const base64Rows: readonly EncodedRow[] = [
  ['base64', (key) => inBase64('', key, '')],
  ['base64, a line feed inside', (key) => around('data: ', inBase64('', `${key}\n`, ''), '\n'), '.yaml'],
  [
    'base64, not padded',
    (key) => around('t=', [...inBase64('', key, '')].map((it) => it.replaceAll('=', '')) as unknown as Triple, ';'),
  ],
  ['base64, in quotes', (key) => around('"', inBase64('', key, ''), '"'), '.json'],
  [
    'base64, slashes escaped in JSON',
    (key) => {
      const escaped = inBase64('u:', key, '??>').map((it) => it.replaceAll('/', '\\/')) as unknown as Triple;
      return around('{"d":"', escaped, '"}');
    },
    '.json',
  ],
  ['base64 of a dotenv', (key) => around('env: ', inBase64('LOG=1\nTOKEN=', key, '\nTZ=UTC\n'), '\n'), '.yaml'],
  ['base64 of JSON, shift 1', (key) => around('"', inBase64('{"token":"', key, '"}'), '"'), '.json'],
  ['base64 of JSON, shift 2', (key) => around('"', inBase64('{"tokens":"', key, '"}'), '"'), '.json'],
  [
    'base64, wrapped at 76',
    (key) => wrap(inBase64('LOG=1\nLEVEL=warn\nTOKEN=', key, '\nTZ=UTC\nPORT=3000\n'), 76, '\n'),
  ],
  [
    'base64, wrapped at 64 with CRLF',
    (key) => wrap(inBase64('LOG=1\nLEVEL=warn\nTOKEN=', key, '\nTZ=UTC\n'), 64, '\r\n'),
    '.pem',
  ],
  [
    'base64, wrapped and indented',
    (key) => around('data: |\n    ', wrap(inBase64('TOKEN=', key, '\nTZ=UTC\n'), 60, '\n    '), '\n'),
    '.yaml',
  ],
  [
    'base64, wrapped, feeds as characters',
    (key) => around('{"d":"', wrap(inBase64('TOKEN=', key, '\nTZ=UTC\n'), 76, '\\n'), '"}'),
    '.json',
  ],
  ['URL-safe base64', (key) => around('https://x.test/?state=', urlSafe(inBase64('>>?', key, '?>~')), '&n=1')],
  ['URL-safe base64 after a word', (key) => around('state_', urlSafe(inBase64('', key, '')), ' '), '.log'],
  [
    'Basic header',
    (key) => (/:/.test(key) ? undefined : around('Authorization: Basic ', inBase64('', key, ':'), '\r\n')),
    '.http',
  ],
  ['Basic header, as password', (key) => around('Authorization: Basic ', inBase64('api:', key, ''), '\r\n'), '.http'],
  [
    'Kubernetes secret',
    (key) => around('kind: Secret\ndata:\n  token: ', inBase64('', key, ''), '\ntype: Opaque\n'),
    '.yaml',
  ],
  ['docker config', (key) => around('{"auths":{"r.test":{"auth":"', inBase64('robot:', key, ''), '"}}}'), '.json'],
  ['data URI', (key) => around('url(data:text/plain;base64,', inBase64('t=', key, '\n'), ')'), '.css'],
  [
    'payload of a JWT',
    (key) => {
      const head = Buffer.from('{"alg":"none"}').toString('base64url');
      return around(`${head}.`, urlSafe(inBase64('{"cfg":"', key.replaceAll('\n', '\\n'), '","n":7}')), '.');
    },
  ],
  ['atob', (key) => around("const t = atob('", inBase64('', key, ''), "');"), '.js'],
  [
    'base64 in a long blob',
    (key) => around('blob=', inBase64('lorem ipsum '.repeat(400), key, ' dolor sit amet'.repeat(400)), '\n'),
  ],
];

const escapeRows: readonly EncodedRow[] = [
  ['percent, every byte', (key) => ['t=', eachByte(key, (code) => `%${upper(code)}`), '&n=1']],
  ['percent, every byte, small letters', (key) => ['t=', eachByte(key, (code) => `%${hex2(code)}`), '&n=1']],
  [
    'percent, punctuation only',
    (key) =>
      triple(
        'https://x.test/?t=',
        onlySpecial(key, (code) => `%${upper(code)}`),
        '&n=1',
      ),
  ],
  [
    'form, after %3D',
    (key) =>
      triple(
        'a%3D1%26t%3D',
        onlySpecial(key, (code) => `%${upper(code)}`),
        '%26n',
      ),
  ],
  ['JSON, every character \\u', (key) => ['{"t":"', eachByte(key, (code) => `\\u00${hex2(code)}`), '"}'], '.json'],
  ['JSON, \\u, capitals', (key) => ['{"t":"', eachByte(key, (code) => `\\u00${upper(code)}`), '"}'], '.json'],
  [
    'JSON, punctuation \\u',
    (key) =>
      triple(
        '{"t":"',
        onlySpecial(key, (code) => `\\u00${hex2(code)}`),
        '"}',
      ),
    '.json',
  ],
  [
    'JSON, \\u after an escaped quote',
    (key) =>
      triple(
        '"{\\"t\\":\\"',
        onlySpecial(key, (code) => `\\u00${hex2(code)}`),
        '\\"}"',
      ),
    '.json',
  ],
  ['JavaScript \\x', (key) => ["t = '", eachByte(key, (code) => `\\x${hex2(code)}`), "';"], '.js'],
  ['JavaScript \\x, capitals', (key) => ["t = '", eachByte(key, (code) => `\\x${upper(code)}`), "';"], '.js'],
  ['JavaScript \\u{…}', (key) => ["t = '", eachByte(key, (code) => `\\u{${code.toString(16)}}`), "';"], '.js'],
  ['Python \\U', (key) => ["t = '", eachByte(key, (code) => `\\U000000${hex2(code)}`), "'"], '.py'],
  ['octal', (key) => ['t = "', eachByte(key, (code) => `\\${octal(code)}`), '"'], '.c'],
  ['HTML, decimal', (key) => ['<p>', eachByte(key, (code) => `&#${code};`), '</p>'], '.html'],
  ['HTML, hexadecimal', (key) => ['<p>', eachByte(key, (code) => `&#x${hex2(code)};`), '</p>'], '.html'],
  ['HTML, hexadecimal, capitals', (key) => ['<p>', eachByte(key, (code) => `&#X${upper(code)};`), '</p>'], '.html'],
  ['HTML, decimal with zeros', (key) => ['<p>', eachByte(key, (code) => `&#0000${code};`), '</p>'], '.html'],
  [
    'HTML, punctuation only',
    (key) =>
      triple(
        '<p>',
        onlySpecial(key, (code) => `&#${code};`),
        '</p>',
      ),
    '.html',
  ],
  ['HTML, names', (key) => (key.includes('_') ? ['<p>', key.replaceAll('_', '&lowbar;'), '</p>'] : undefined), '.html'],
  ['quoted-printable, every byte', (key) => ['token: ', quotedPrintable(key, true), '\r\n'], '.eml'],
  [
    'quoted-printable, soft breaks',
    (key) => ['', quotedPrintable(`The token of the account that we spoke about is t=${key}`, false), '\r\n'],
    '.eml',
  ],
  ['hex', (key) => ['t=', Buffer.from(key).toString('hex'), ';']],
  ['hex, capitals', (key) => ['"', Buffer.from(key).toString('hex').toUpperCase(), '"']],
  ['hex with 0x', (key) => ['t = 0x', Buffer.from(key).toString('hex'), ';'], '.sql'],
  ["hex, X'…'", (key) => ["(7, X'", Buffer.from(key).toString('hex'), "')"], '.sql'],
  ['hex of a line', (key) => ['', Buffer.from(`TOKEN=${key}\nTZ=UTC\n`).toString('hex'), '\n']],
];

const moreRows: readonly EncodedRow[] = [
  ['base64 twice', (key) => ['', Buffer.from(Buffer.from(key).toString('base64')).toString('base64'), '\n']],
  [
    'base64 three times',
    (key) => {
      const twice = Buffer.from(Buffer.from(key).toString('base64')).toString('base64');
      return ['', Buffer.from(twice).toString('base64'), '\n'];
    },
  ],
  ['base64 of gzip', (key) => ['d: ', zipped(`TOKEN=${key}\n`).toString('base64'), '\n'], '.yaml'],
  [
    'base64 twice of gzip (Helm)',
    (key) => ['release: ', Buffer.from(zipped(`{"t":"${key}"}`).toString('base64')).toString('base64'), '\n'],
    '.yaml',
  ],
  ['base64 of deflate', (key) => ['d: ', deflateSync(`TOKEN=${key}\n`).toString('base64'), '\n'], '.yaml'],
  [
    'base64 of UTF-16 (PowerShell)',
    (key) => ['powershell -enc ', Buffer.from(`$t='${key}'`, 'utf16le').toString('base64'), '\n'],
    '.ps1',
  ],
  [
    'UTF-16 in a JSON string',
    (key) => [
      '{"t":',
      JSON.stringify(Buffer.from(`x ${key} y`, 'utf16le').toString('latin1')).replace(/[\x80-\xff]/g, '?'),
      '}',
    ],
    '.json',
  ],
  [
    'UTF-16 in percent',
    (key) => ['q=', encodeURIComponent(Buffer.from(`x ${key} y`, 'utf16le').toString('latin1')), '&n=1'],
  ],
  ['percent twice, every byte', (key) => ['t=', eachByte(key, (code) => `%25${upper(code)}`), '&n=1']],
  [
    'percent twice, punctuation',
    (key) =>
      triple(
        't=',
        onlySpecial(key, (code) => `%25${upper(code)}`),
        '&n=1',
      ),
  ],
  ['percent of base64', (key) => ['d=', encodeURIComponent(Buffer.from(`>>>${key}???`).toString('base64')), '&n=1']],
  [
    '\\u in JSON in JSON',
    (key) => ['"{\\"t\\":\\"', eachByte(key, (code) => `\\\\u00${hex2(code)}`), '\\"}"'],
    '.json',
  ],
  ['hex of base64', (key) => ['t=', Buffer.from(Buffer.from(key).toString('base64')).toString('hex'), ';']],
  ['base64 of hex', (key) => ['t=', Buffer.from(Buffer.from(key).toString('hex')).toString('base64'), ';']],
  [
    'HTML of percent',
    (key) => [
      '<a href="?t=',
      eachByte(
        eachByte(key, (code) => `%${upper(code)}`),
        (code) => (code === 0x25 ? '&#37;' : String.fromCharCode(code)),
      ),
      '">',
    ],
    '.html',
  ],
  [
    'base64 in percent in JSON',
    (key) => ['{"u":"?d=', encodeURIComponent(Buffer.from(key).toString('base64')).replaceAll('%', '\\u0025'), '"}'],
    '.json',
  ],
];

/** Carriers in which the key is encoded once. */
export const encodedCarriers = carriersOf('encoded once', [...base64Rows, ...escapeRows]);
/** … and more than once. */
export const chainedCarriers = carriersOf('encoded more', moreRows);

import type { Carrier } from './carrier.ts';
import { base32, eachByte, hex2, hexDump, type Triple } from './codes.ts';
import { carriersOf, type EncodedRow } from './encoded.ts';

/** The key in pieces of about equal length. */
const pieces = (key: string, count: number): readonly string[] => {
  const length = Math.ceil(key.length / count);
  return Array.from({ length: count }, (_, at) => key.slice(at * length, (at + 1) * length)).filter(
    (one) => one !== '',
  );
};
const halves = (key: string, mark: string): string => pieces(key, 2).join(mark);
const thirds = (key: string, mark: string): string => pieces(key, 3).join(mark);
const rows = (key: string, width: number): readonly string[] =>
  key.match(new RegExp(`[\\s\\S]{1,${width}}`, 'g')) ?? [];
/** Keys with line ends or quotes are not put together in programs. */
const plain =
  (write: (key: string) => Triple) =>
  (key: string): Triple | undefined =>
    /[\r\n'"`\\]/.test(key) ? undefined : write(key);

const joined = (name: string, ending: string, [open, mark, close]: Triple): EncodedRow => [
  `concatenation, ${name}`,
  plain((key) => [open, thirds(key, mark), close]),
  ending,
];

const concatenated: readonly EncodedRow[] = [
  joined('JavaScript', '.js', ["const t = '", "' + '", "';\n"]),
  joined('JavaScript, lines', '.js', ['const t =\n  "', '" +\n  "', '";\n']),
  joined('JavaScript, sign in front', '.js', ['const t = "', '"\n  + "', '";\n']),
  joined('JavaScript, tight', '.js', ['t="', '"+"', '";']),
  joined('Python, lines in brackets', '.py', ['t = (\n    "', '"\n    "', '"\n)\n']),
  joined('Python, beside each other', '.py', ["t = '", "' '", "'\n"]),
  joined('PHP', '.php', ["$t = '", "' . '", "';\n"]),
  joined('C', '.c', ['char *t = "', '"\n  "', '";\n']),
  joined('Go', '.go', ['t := "', '" +\n\t\t"', '"\n']),
  joined('Java', '.java', ['String t = "', '"\n      + "', '";\n']),
  joined('Ruby', '.rb', ['t = "', '" \\\n  "', '"\n']),
  joined('VB', '.vb', ['t = "', '" & _\r\n    "', '"\r\n']),
  joined('SQL', '.sql', ["SELECT '", "' || '", "';\n"]),
  joined('Lua', '.lua', ['t = "', '" .. "', '"\n']),
  joined('Haskell', '.hs', ['t = "', '" <> "', '"\n']),
  joined('Rust, concat!', '.rs', ['concat!("', '", "', '")\n']),
  joined('shell', '.sh', ["T='", "''", "'\n"]),
  joined('shell, both quotes', '.sh', ["T='", '\'""\'', "'\n"]),
  joined('array joined', '.js', ["['", "', '", "'].join('')\n"]),
  joined('C#, verbatim', '.cs', ['var t = @"', '" + @"', '";\n']),
];

const continued: readonly EncodedRow[] = [
  ['backslash at the end of a line', plain((key) => ['TOKEN=', halves(key, '\\\n'), '\n']), '.sh'],
  ['backslash, Windows line ends', plain((key) => ['TOKEN=', halves(key, '\\\r\n'), '\r\n']), '.sh'],
  ['backslash in a string, indented', plain((key) => ['t = "', halves(key, '\\\n    '), '"\n']), '.c'],
  ['properties, continued', plain((key) => ['token=', halves(key, '\\\n    '), '\nb=1\n']), '.properties'],
  ['YAML, double quotes with backslash', plain((key) => ['token: "', halves(key, '\\\n  '), '"\n']), '.yaml'],
  ['YAML, folded block', plain((key) => ['token: >-\n  ', halves(key, '\n  '), '\nnext: 1\n']), '.yaml'],
  [
    'YAML, literal block wrapped',
    plain((key) => ['token: |\n    ', rows(key, 24).join('\n    '), '\nnext: 1\n']),
    '.yaml',
  ],
  ['PowerShell, backtick', plain((key) => ['$t = "', halves(key, '`\r\n'), '"\r\n']), '.ps1'],
  ['INI, continued by a blank', plain((key) => ['[a]\ntoken = ', halves(key, '\n  '), '\n[b]\n']), '.ini'],
  ['mail header, folded', plain((key) => ['X-Token: ', halves(key, '\r\n '), '\r\nTo: a@b.test\r\n']), '.eml'],
  [
    '80 columns',
    plain((key) => [`${'and then '.repeat(7)}t=`, `${key.slice(0, 14)}\n${key.slice(14)}`, ' as you see\n']),
  ],
  [
    '80 columns, CRLF',
    plain((key) => [`${'and then '.repeat(7)}t=`, `${key.slice(0, 14)}\r\n${key.slice(14)}`, ' as you see\r\n']),
  ],
  ['wrapped at 20', plain((key) => ['token:\n', rows(key, 20).join('\n'), '\n\nend\n'])],
  ['mail, quoted', plain((key) => ['> the token is\n> ', halves(key, '\n> '), '\n> thanks\n']), '.eml'],
  ['mail, quoted twice', plain((key) => ['>> token\n>> ', halves(key, '\n>> '), '\n>> thanks\n']), '.eml'],
  ['diff, wrapped', plain((key) => ['@@ -1 +1,2 @@\n+', halves(key, '\n+'), '\n context\n']), '.diff'],
  ['diff, removed, wrapped', plain((key) => ['@@ -1,2 +1 @@\n-', halves(key, '\n-'), '\n context\n']), '.diff'],
  ['comment, wrapped', plain((key) => [' * token:\n * ', halves(key, '\n * '), '\n */\n']), '.java'],
  ['hash comment, wrapped', plain((key) => ['# token:\n# ', halves(key, '\n# '), '\n']), '.py'],
  ['slash comment, wrapped', plain((key) => ['// token:\n// ', halves(key, '\n// '), '\n']), '.js'],
  ['table cell, wrapped', plain((key) => ['| token | ', halves(key, ' |\n|       | '), ' |\n']), '.md'],
];

const at = '2026-11-28T00:00:01.123456789Z';
const dockerLine = (text: string, end: string): string => `{"log":"${text}${end}","stream":"stdout","time":"${at}"}\n`;
const logged: readonly EncodedRow[] = [
  [
    'CRI log, split',
    plain((key) => [`${at} stdout P token=`, halves(key, `\n${at} stdout P `), `\n${at} stdout F \n`]),
    '.log',
  ],
  [
    'CRI log, split and full',
    plain((key) => [`${at} stderr P token=`, halves(key, `\n${at} stderr F `), `\n${at} stderr F next\n`]),
    '.log',
  ],
  [
    'docker log, split',
    plain((key) => {
      const [left = '', right = ''] = pieces(key, 2);
      const middle = dockerLine('\0', '').split('\0');
      return [`${middle[0]}token=`, `${left}${middle[1]}${middle[0]}${right}`, `\\n${middle[1]}`];
    }),
    '.log',
  ],
  [
    'syslog, split',
    plain((key) => ['<14>1 - h app - - - token=', halves(key, '\n<14>1 - h app - - - '), '\n']),
    '.log',
  ],
];

const inside: readonly EncodedRow[] = [
  ['ANSI colour inside', (key) => ['token ', halves(key, '\x1b[0m\x1b[1;31m'), '\x1b[0m\n'], '.log'],
  ['ANSI, each character', (key) => ['', [...key].map((one) => `\x1b[7m${one}`).join(''), '\x1b[0m\n'], '.log'],
  [
    'ANSI, grep match',
    (key) => ['a.env:\x1b[01;31m\x1b[K', `${key.slice(0, 6)}\x1b[m\x1b[K${key.slice(6)}`, '\n'],
    '.log',
  ],
  ['ANSI, cursor line clear', (key) => ['', halves(key, '\x1b[K'), '\n'], '.log'],
  ['ANSI as characters', plain((key) => ['"', halves(key, '\\u001b[0m'), '"\n']), '.json'],
  ...(
    [
      ['zero-width space', '\u200b'],
      ['zero-width joiner', '\u200d'],
      ['zero-width non-joiner', '\u200c'],
      ['word joiner', '\u2060'],
      ['soft hyphen', '\u00ad'],
      ['byte order mark', '\ufeff'],
      ['left-to-right mark', '\u200e'],
    ] as const
  ).map(([name, mark]): EncodedRow => [`${name} inside`, (key) => ['token=', halves(key, mark), ' \n']]),
  ['zero-width space, many', (key) => ['token=', thirds(key, '\u200b'), '\n']],
  ['zero-width space as an entity', (key) => ['<p>', halves(key, '&#8203;'), '</p>\n'], '.html'],
  ['zero-width space as \\u200b', plain((key) => ['{"t":"', halves(key, '\\u200b'), '"}\n']), '.json'],
  ['<wbr> inside', (key) => ['<p>', halves(key, '<wbr>'), '</p>\n'], '.html'],
  ['<b> inside', (key) => ['<p>', `<b>${key.slice(0, 8)}</b>${key.slice(8)}`, '</p>\n'], '.html'],
  ['<span> with a class inside', (key) => ['<td>', halves(key, '</span><span class="hl">'), '</td>\n'], '.html'],
  ['<br> inside', (key) => ['<td>', halves(key, '<br/>'), '</td>\n'], '.html'],
  ['&shy; inside', (key) => ['<td>', halves(key, '&shy;'), '</td>\n'], '.html'],
  [
    'Markdown, escaped underscores',
    (key) => (key.includes('_') ? ['t ', key.replaceAll('_', '\\_'), '\n'] : undefined),
    '.md',
  ],
];

const codesOf = (key: string): string => [...Buffer.from(key)].join(', ');
const unusual: readonly EncodedRow[] = [
  ['hex bytes, spaced', (key) => ['', eachByte(key, (code) => `${hex2(code)} `), '\n']],
  ['hex bytes, colons', (key) => ['', [...Buffer.from(key)].map(hex2).join(':'), '\n']],
  ['hex bytes, 0x and commas', (key) => ['{', eachByte(key, (code) => `0x${hex2(code)}, `), '0 };\n'], '.c'],
  ['hex wrapped at 64', (key) => ['', rows(Buffer.from(`TOKEN=${key}\n`).toString('hex'), 64).join('\n'), '\n']],
  ['character codes', (key) => ['String.fromCharCode(', codesOf(key), ')\n'], '.js'],
  ['Buffer in JSON', (key) => ['{"type":"Buffer","data":[', codesOf(key).replaceAll(' ', ''), ']}\n'], '.json'],
  ['base32', (key) => ['', base32(key), '\n']],
  ['xxd', (key) => ['', hexDump(`TOKEN=${key}\n`, 2), '\n']],
  ['hexdump -C', (key) => ['', hexDump(`TOKEN=${key}\n`, 1), '\n']],
  ['characters spaced', plain((key) => ['', [...key].join(' '), '\n'])],
  ['CSS escapes', (key) => ['content: "', eachByte(key, (code) => `\\${hex2(code)} `), '"\n'], '.css'],
  ['Perl \\x{…}', (key) => ['"', eachByte(key, (code) => `\\x{${hex2(code)}}`), '"\n'], '.pl'],
  ['octal, unpadded sed', (key) => ["printf '", eachByte(key, (code) => `\\0${code.toString(8)}`), "'\n"], '.sh'],
  ['reversed', (key) => ['', [...key].reverse().join(''), '\n']],
  [
    'ROT13',
    (key) => [
      '',
      key.replace(/[A-Za-z]/g, (one) => String.fromCharCode(one.charCodeAt(0) + (one.toLowerCase() < 'n' ? 13 : -13))),
      '\n',
    ],
  ],
  ['UTF-7 underscores', (key) => (key.includes('_') ? ['', key.replaceAll('_', '+AF8-'), '\n'] : undefined)],
  [
    'full-width letters',
    (key) => ['', [...key].map((one) => String.fromCharCode(one.charCodeAt(0) + 0xfee0)).join(''), '\n'],
  ],
];

export const brokenCarriers: readonly Carrier[] = carriersOf('broken up', [
  ...concatenated,
  ...continued,
  ...logged,
  ...inside,
]);
/** What few do; no goal stands against these, they show where the edge of the engine is. */
export const unusualCarriers: readonly Carrier[] = carriersOf('unusual', unusual);

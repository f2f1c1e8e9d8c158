/** One way in which people leak a key. */
export interface Carrier {
  readonly name: string;
  /** Decodings that it takes to read the key, outermost first. */
  readonly via: readonly string[];
  /**
   * The text before the key, the key as it stands there, the text after it. What a pattern asks for before a key
   * (`ACME_KEY=`) is written as the key is.
   */
  write(key: string, context?: string): readonly [Buffer, Buffer, Buffer];
}

type Text = string | Buffer;
const bytes = (text: Text): Buffer => (typeof text === 'string' ? Buffer.from(text, 'utf8') : text);

const clear = (name: string, before: Text, after: Text): Carrier => ({
  name,
  via: [],
  write: (key, context = '') => [Buffer.concat([bytes(before), bytes(context)]), Buffer.from(key), bytes(after)],
});

const encoded = (
  name: string,
  via: readonly string[],
  write: (key: string, context: string) => readonly [Text, Text, Text],
): Carrier => ({
  name,
  via,
  write(key, context = '') {
    const [before, stands, after] = write(key, context);
    return [bytes(before), bytes(stands), bytes(after)];
  },
});

/** The base64 characters in which some part of the key stands, out of those of the whole text. */
const inBase64 = (before: Text, key: Text, after: Text): readonly [string, string, string] => {
  const parts = [bytes(before), bytes(key), bytes(after)] as const;
  const [first, second, third] = parts.map(({ length }) => length) as [number, number, number];
  const whole = Buffer.concat(parts).toString('base64');
  const start = Math.floor((first * 4) / 3);
  const end = third === 0 ? whole.length : Math.ceil(((first + second) * 4) / 3);
  return [whole.slice(0, start), whole.slice(start, end), whole.slice(end)];
};

const urlSafe = (base64: string): string => base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
const each = (key: string, write: (code: string) => string): string =>
  [...key].map((letter) => write(letter.charCodeAt(0).toString(16).padStart(2, '0'))).join('');
const inJson = (text: string): string =>
  text.replaceAll('_', '\\u005f').replaceAll('/', '\\/').replaceAll('+', '\\u002b');
const big = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16();
const little = (text: string): Buffer => Buffer.from(text, 'utf16le');

const plain: readonly Carrier[] = [
  clear('nothing around it', '', ''),
  clear('start of a file', '', '\nnext line\n'),
  clear('end of a file', 'a line\nkey=', ''),
  clear('dotenv', 'PORT=3000\nACME_API_KEY=', '\nDEBUG=1\n'),
  clear('dotenv, quoted', 'ACME_API_KEY="', '"\n'),
  clear('export', 'export ACME_API_KEY=', '\n'),
  clear('PowerShell', "$env:ACME_API_KEY = '", "'\r\n"),
  clear('JSON', '{"apiKey":"', '","retries":3}'),
  clear('JSON in JSON', '{"body":"{\\"apiKey\\":\\"', '\\"}"}'),
  clear('JSON in JSON in JSON', '{"a":"{\\"b\\":\\"{\\\\\\"key\\\\\\":\\\\\\"', '\\\\\\"}\\"}"}'),
  clear('YAML', 'acme:\n  api_key: ', '\n  region: eu\n'),
  clear('TOML', '[acme]\nkey = "', '"\n'),
  clear('INI', '[acme]\nkey=', '\n; end\n'),
  clear('Java properties', 'acme.key=', '\n'),
  clear('XML element', '<add><key>', '</key></add>'),
  clear('XML attribute', '<add key="acme" value="', '" />'),
  clear('HTML attribute', "<meta name=key content='", "'>"),
  clear('HTML entities', '<p>key=&quot;', '&quot;</p>'),
  clear('HTML comment', '<!-- ', '-->'),
  clear('diff, added', '@@ -1 +1 @@\n+', '\n'),
  clear('diff, removed', '@@ -1 +1 @@\n-', '\n'),
  clear('URL query', 'GET https://api.acme.test/v1/me?key=', '&page=2 HTTP/1.1\r\n'),
  clear('URL path', 'https://api.acme.test/keys/', '/rotate'),
  clear('URL user', 'https://', ':@api.acme.test/v1'),
  clear('Bearer header', 'Authorization: Bearer ', '\r\nAccept: */*\r\n'),
  clear('curl, user', 'curl -u ', ': https://api.acme.test/v1\n'),
  clear('curl, header', "curl -H 'x-api-key: ", "' https://api.acme.test\n"),
  clear('command flag', 'acme deploy --key=', ' --yes\n'),
  clear('JavaScript', "const acme = new Acme('", "');\n"),
  clear('TypeScript template', 'const url: string = `https://x/?k=', '`;\n'),
  clear('Python', 'acme.api_key = "', '"\n'),
  clear('Go', 'client := acme.New("', '")\n'),
  clear('Java', 'private static final String KEY = "', '";\n'),
  clear('SQL', "INSERT INTO t VALUES (1,'", "');\n"),
  clear('Dockerfile', 'ENV ACME_KEY ', '\n'),
  clear('Markdown code', 'Use `', '` as the key.\n'),
  clear('end of a sentence', 'my key is ', '. Please help'),
  clear('CSV', '1,', ',2026-01-01\n'),
  clear('tab-separated', 'acme\t', '\t1\n'),
  clear('zero-separated', 'A=1\0ACME_KEY=', '\0B=2\0'),
  clear('logfmt', 'level=info msg="call" key=', ' status=200\n'),
  clear('pino line', '{"level":30,"time":1,"req":{"headers":{"x-api-key":"', '"}},"msg":"in"}\n'),
  clear('ANSI colours', '\x1b[32minfo\x1b[39m: key \x1b[1;36m', '\x1b[0m done\n'),
  clear('stack trace', 'Error: bad key ', '\n    at call (/app/acme.js:1:2)\n'),
  clear('line feed as two characters', '"first line\\n', '\\nlast line"'),
  clear('tab as two characters', '"\\t', '\\t"'),
  clear('after %3D', 'next=%2Fme%3Fkey%3D', '%26page%3D1'),
  clear('after \\u003d', '"q":"key\\u003d', '\\u0026x"'),
  clear('CRLF', 'a=1\r\nkey=', '\r\nb=2\r\n'),
  clear('invalid UTF-8', Buffer.from([0xff, 0xc3, 0x28]), Buffer.from([0xfe, 0x80, 0xff])),
  clear('among letters of other scripts', 'clé é', 'é – ключ'),
];

const wrapped: readonly Carrier[] = [
  encoded('base64 alone', ['base64'], (key, context) => inBase64(context, key, '')),
  encoded('Kubernetes secret', ['base64'], (key, context) => {
    const [before, stands, after] = inBase64(context, key, '\n');
    return [`kind: Secret\ndata:\n  key: ${before}`, stands, `${after}\n`];
  }),
  encoded('a whole dotenv in base64', ['base64'], (key, context) => {
    const [before, stands, after] = inBase64(`PORT=3000\nKEY="${context}`, key, '"\nDEBUG=1\n');
    return [`env: ${before}`, stands, `${after}\n`];
  }),
  encoded('Basic header', ['base64'], (key, context) => {
    const [before, stands, after] = inBase64(context, key, ':');
    return [`Authorization: Basic ${before}`, stands, `${after}\r\n`];
  }),
  encoded('docker config', ['base64'], (key, context) => {
    const [before, stands, after] = inBase64(`user:${context}`, key, '@');
    return [`{"auths":{"r.test":{"auth":"${before}`, stands, `${after}"}}}`];
  }),
  ...[0, 1, 2].map((shift) =>
    encoded(`URL-safe base64 glued to a word, shift ${shift}`, ['base64'], (key, context) => {
      const [before, stands, after] = inBase64('>?'.slice(0, shift) + context, key, ' ÿ?>ÿ');
      return [`https://x.test/state-${urlSafe(before)}`, urlSafe(stands), `${urlSafe(after)}&a=1`];
    }),
  ),
  encoded('base64 in base64', ['base64', 'base64'], (key, context) => inBase64(...inBase64(context, key, ''))),
  encoded('every character percent-encoded', ['percent'], (key, context) => [
    `k=${each(context, (code) => `%${code}`)}`,
    each(key, (code) => `%${code}`),
    '&x=1',
  ]),
  encoded('percent-encoded twice', ['percent', 'percent'], (key, context) => [
    `k=${each(context, (code) => `%25${code}`)}`,
    each(key, (code) => `%25${code}`),
    ' ',
  ]),
  encoded('underscores percent-encoded', ['percent'], (key, context) => [
    `https://x.test/?k=${encodeURIComponent(context).replaceAll('_', '%5F')}`,
    encodeURIComponent(key).replaceAll('_', '%5F'),
    '&x=1',
  ]),
  encoded('\\u escapes', ['escape'], (key, context) => [
    `{"k":"${each(context, (code) => `\\u00${code}`)}`,
    each(key, (code) => `\\u00${code}`),
    '"}',
  ]),
  encoded('\\x escapes', ['escape'], (key, context) => [
    `k = '${each(context, (code) => `\\x${code}`)}`,
    each(key, (code) => `\\x${code.toUpperCase()}`),
    "'",
  ]),
  encoded('escapes of escapes', ['escape', 'escape'], (key, context) => [
    `"{\\"k\\":\\"${each(context, (code) => `\\\\u00${code}`)}`,
    each(key, (code) => `\\\\u00${code}`),
    '\\"}"',
  ]),
  encoded('underscore escaped in JSON', ['escape'], (key, context) => [`{"k":"${inJson(context)}`, inJson(key), '"}']),
  encoded('UTF-16 LE with mark', ['utf-16le'], (key, context) => [
    little(`\ufeffkey=${context}`),
    little(key),
    little('\r\nb=2'),
  ]),
  encoded('UTF-16 BE with mark', ['utf-16be'], (key, context) => [
    big(`\ufeffkey=${context}`),
    big(key),
    big('\r\nb=2'),
  ]),
  encoded('UTF-16 LE without mark', ['utf-16le'], (key, context) => [little(`clé: ${context}`), little(key), '']),
  encoded('UTF-16 BE without mark', ['utf-16be'], (key, context) => [big(context), big(key), big(' ключ')]),
  encoded('UTF-16 in base64', ['base64', 'utf-16le'], (key, context) => inBase64(little(context), little(key), '')),
];

/** The carriers that every example of every detector is tried in. */
export const carriers: readonly Carrier[] = [...plain, ...wrapped];

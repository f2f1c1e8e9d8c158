import { belongs, type Carrier } from './carrier.ts';
import type { Key } from './key.ts';

/** How a text is written between the marks of a carrier; undefined when it cannot be. */
type Writing = (text: string) => string | undefined;

const raw: Writing = (text) => text;
const line: Writing = (text) => (/[\r\n]/.test(text) ? undefined : text);
const json: Writing = (text) => JSON.stringify(text).slice(1, -1);
const jsonTwice: Writing = (text) => JSON.stringify(JSON.stringify(text).slice(1, -1)).slice(1, -1);
const bare: Writing = (text) => (/^[\w.~-]+$/.test(text) ? text : undefined);
const noQuote: Writing = (text) => (/['"`\\\r\n$]/.test(text) ? undefined : text);
const noBlank: Writing = (text) => (/[\s'"`\\<>&;#!$]/.test(text) ? undefined : text);
const xml: Writing = (text) => (/[<>&"'\r\n]/.test(text) ? undefined : text);
const indented: Writing = (text) => text.replaceAll('\n', '\n    ');

type Row = readonly [name: string, before: string | Buffer, after: string | Buffer, writing: Writing, ending?: string];

const rows: readonly Row[] = [
  ['alone on its line', '\n', '\n', raw],
  ['dotenv', 'LOG_LEVEL=debug\nPAYMENTS_TOKEN=', '\nTZ=UTC\n', line, '.env'],
  ['dotenv in quotes', 'PAYMENTS_TOKEN="', '"\n', noQuote, '.env'],
  ['dotenv in quotes, more lines', 'PAYMENTS_PEM="', '"\n', (text) => (/["\\$]/.test(text) ? undefined : text), '.env'],
  ['dotenv in single quotes, comment after it', "TOKEN='", "' # of the old account\n", noQuote, '.env'],
  ['shell export', '#!/bin/sh\nexport SERVICE_TOKEN=', '\n./run\n', noBlank, '.sh'],
  ['shell, before a command', 'TOKEN=', ' ./deploy.sh\n', noBlank, '.sh'],
  ['shell history', ': 1700000012:0;curl -s -H "Authorization: Bearer ', '" https://api.test/v2/me\n', noQuote],
  ['Windows batch', 'set TOKEN=', '\r\ncall run.bat\r\n', line, '.bat'],
  ['PowerShell', '$Env:TOKEN = "', '"\r\n', noQuote, '.ps1'],
  ['JSON', '{"service":{"token":"', '","timeout":30}}\n', json, '.json'],
  ['JSON, spaced', '{\n  "token": "', '",\n  "region": "eu"\n}\n', json, '.json'],
  ['JSON in a JSON string', '{"msg":"{\\"token\\":\\"', '\\",\\"n\\":1}"}\n', jsonTwice, '.log'],
  ['JSON array', '["a","', '","b"]\n', json, '.json'],
  ['JSON5', "{ token: '", "', retries: 2 }\n", noQuote, '.json5'],
  ['YAML', 'service:\n  token: ', '\n  retries: 2\n', line, '.yaml'],
  ['YAML in quotes', '- name: TOKEN\n  value: "', '"\n', noQuote, '.yaml'],
  ['YAML block', 'key: |\n    ', '\nnext: 1\n', indented, '.yaml'],
  ['TOML', 'token = "', '"\n[next]\n', noQuote, '.toml'],
  ['TOML, three quotes', 'pem = """\n', '\n"""\n', raw, '.toml'],
  ['INI', '[service]\ntoken = ', '\nretries = 2\n', line, '.ini'],
  ['properties', 'service.token=', '\nservice.retries=2\n', line, '.properties'],
  ['properties with a colon', 'service.token: ', '\n', line, '.properties'],
  ['XML element', '<config><token>', '</token></config>\n', xml, '.xml'],
  ['XML attribute', '<add key="token" value="', '"/>\n', xml, '.config'],
  ['plist', '<key>Token</key>\n<string>', '</string>\n', xml, '.plist'],
  ['CDATA', '<t><![CDATA[', ']]></t>\n', line, '.xml'],
  ['HTML attribute', '<div data-token="', '" class="x">\n', xml, '.html'],
  ['HTML script', '<script>window.CFG={t:"', '"}</script>\n', noQuote, '.html'],
  ['HTML comment', '<!-- old token: ', ' -->\n', line, '.html'],
  ['diff, added', '@@ -3,6 +3,7 @@ export\n   a,\n+', '\n   b,\n', line, '.diff'],
  ['diff, removed', '@@ -3,7 +3,6 @@ export\n-', '\n', line, '.diff'],
  ['diff, added assignment', '+TOKEN=', '\n', line, '.patch'],
  ['URL query', 'https://api.test/v1/search?q=a&token=', '&page=2\n', bare],
  ['URL query, last', 'GET /v1/search?token=', ' HTTP/1.1\r\n', bare, '.log'],
  ['URL path', 'https://api.test/bot/', '/send?x=1\n', bare],
  ['URL user', 'git clone https://', '@git.test/team/repo.git\n', bare],
  ['URL password', 'https://oauth2:', '@git.test/team/repo.git\n', bare],
  ['URL fragment', 'https://app.test/#access_token=', '&state=1\n', bare],
  ['Bearer header', 'Authorization: Bearer ', '\r\nAccept: */*\r\n', line, '.http'],
  ['own header', 'x-api-key: ', '\r\n\r\n', line, '.http'],
  ['cookie', 'Cookie: theme=dark; session=', '; lang=en\r\n', noBlank, '.http'],
  ['curl, user', 'curl -u ', ': https://api.test/v1\n', noBlank, '.sh'],
  ['curl, form', "curl -d 'token=", "' https://api.test/v1\n", bare, '.sh'],
  ['command flag', 'tool --verbose --token=', ' --yes\n', noBlank],
  ['command flag, apart', 'tool --token ', ' --yes\n', noBlank],
  ['JavaScript', "const client = new Client('", "', { retries: 2 });\n", noQuote, '.js'],
  ['JavaScript, three lines', 'const pem = `', '`;\n', (text) => (/[`\\$]/.test(text) ? undefined : text), '.js'],
  ['TypeScript template', 'const url = `https://api.test/?t=', '&n=2`;\n', bare, '.ts'],
  ['Python', 'client = Client(token="', '")\n', noQuote, '.py'],
  ['Python bytes', "TOKEN = b'", "'\n", noQuote, '.py'],
  ['Python, triple quotes', 'PEM = """', '"""\n', raw, '.py'],
  ['Go', 'var token = "', '"\n', noQuote, '.go'],
  ['Go, raw string', 'var token = `', '`\n', noQuote, '.go'],
  ['Java', 'static final String TOKEN = "', '";\n', noQuote, '.java'],
  ['C#', 'private const string Token = @"', '";\n', noQuote, '.cs'],
  ['Ruby', "config.token = '", "'\n", noQuote, '.rb'],
  ['PHP', "define('TOKEN', '", "');\n", noQuote, '.php'],
  ['Rust', 'const TOKEN: &str = "', '";\n', noQuote, '.rs'],
  ['C', '#define TOKEN "', '"\n', noQuote, '.h'],
  ['Swift', 'let token = "', '"\n', noQuote, '.swift'],
  ['Terraform', 'provider "x" {\n  token = "', '"\n}\n', noQuote, '.tf'],
  ['SQL', "INSERT INTO settings VALUES (7, 'token', '", "');\n", noQuote, '.sql'],
  ['Dockerfile', 'FROM node:24\nENV TOKEN=', '\nRUN npm ci\n', noBlank, '.Dockerfile'],
  ['netrc', 'machine api.test login x password ', '\n', noBlank, '.netrc'],
  ['npmrc', '//registry.test/:_authToken=', '\n', noBlank, '.npmrc'],
  ['Markdown code', 'Set `TOKEN=', '` before you start.\n', noQuote, '.md'],
  ['Markdown block', '```\n', '\n```\n', raw, '.md'],
  ['Markdown bold', 'the token is **', '** as of today\n', noQuote, '.md'],
  ['Markdown table', '| token | ', ' | prod |\n', noQuote, '.md'],
  ['Markdown link', '[link](https://api.test/?token=', ')\n', bare, '.md'],
  ['end of a sentence', 'I pasted my token ', '. Sorry!\n', noQuote, '.txt'],
  ['in brackets', 'my token (', ') does not work\n', noQuote, '.txt'],
  ['CSV', '7,orders,', ',2026-02-01\n', noQuote, '.csv'],
  ['CSV in quotes', '7,"', '",true\n', noQuote, '.csv'],
  ['tab-separated', 'orders\t', '\t7\n', line, '.tsv'],
  ['zero-separated', 'PATH=/bin\0TOKEN=', '\0HOME=/root\0', line, '.bin'],
  ['logfmt', 'level=warn msg="bad token" token=', ' took=12ms\n', noBlank, '.log'],
  ['pino line', '{"level":40,"time":1700000000000,"req":{"headers":{"x-token":"', '"}},"msg":"no"}\n', json, '.log'],
  ['syslog', '<134>Nov 28 00:00:01 host app[7]: token ', ' refused\n', line, '.log'],
  ['nginx access log', '10.0.0.7 - - [28/Nov/2026:00:00:01 +0000] "GET /?t=', ' HTTP/1.1" 200 7\n', bare, '.log'],
  ['ANSI colours', '\x1b[2m12:00\x1b[0m token=\x1b[1;33m', '\x1b[0m done\n', line, '.log'],
  ['ANSI, 256 colours', '\x1b[38;5;214m', '\x1b[39m\n', line, '.log'],
  ['ANSI, line cleared', '\r\x1b[2K', '\x1b[1G', line, '.log'],
  ['ANSI, shown by carets', 'token ^[[32m', '^[[0m^M\n', line, '.log'],
  ['after #011 of rsyslog', '<14>Nov 28 00:00:01 host app: token:#011', '#012 done\n', line, '.log'],
  ['after #033[32m of rsyslog', '<14>Nov 28 00:00:01 host app: #033[32m', '#033[0m\n', line, '.log'],
  ['stack trace', 'TypeError: cannot use ', '\n    at run (/srv/app.js:7:1)\n', line, '.log'],
  ['line feed as two characters', '{"log":"start\\n', '\\nend"}\n', json, '.log'],
  ['carriage return and line feed as characters', '"a\\r\\n', '\\r\\nb"\n', json, '.log'],
  ['tab as two characters', '"token\\t', '\\t7"\n', json, '.log'],
  ['after %3D', 'next=%2Fcb%3Ftoken%3D', '%26state%3D7\n', bare],
  ['after %20', 'q=token%20', '%20x\n', bare],
  ['after %22', 'data=%7B%22t%22%3A%22', '%22%7D\n', bare],
  ['after %253D', 'next=%252Fcb%253Ftoken%253D', '%2526x\n', bare],
  ['after \\u003d', '{"q":"token\\u003d', '\\u0026n=1"}\n', json],
  ['after \\x3d', "q = 'token\\x3d", "\\x26n=1'\n", bare],
  ['after an HTML entity', '<p>token=&quot;', '&quot;</p>\n', xml, '.html'],
  ['between angle brackets as entities', '&lt;t&gt;', '&lt;/t&gt;\n', xml, '.html'],
  ['CRLF', 'a=1\r\ntoken=', '\r\nb=2\r\n', line],
  ['old Mac line ends', 'a=1\rtoken=', '\rb=2\r', line],
  ['beside invalid UTF-8', Buffer.from([0x41, 0xff, 0xc3]), Buffer.from([0xfe, 0x80, 0x0a]), line, '.bin'],
  ['beside letters of other scripts', 'ключ=é', '日本\n', line],
  ['in typographic quotes', 'use “', '” for now\n', line],
  ['in a binary', Buffer.from([0, 1, 2, 9, 0x1f]), Buffer.from([0, 0, 7, 0xff]), line, '.bin'],
  ['notebook', '   "source": [\n    "client = Client(\\"', '\\")\\n"\n', json, '.ipynb'],
  ['chat export', '{"text":"here: <', '>","ts":"1700000000.7"}\n', bare, '.json'],
  ['pipe', 'echo ', '|base64\n', noBlank, '.sh'],
  ['comma list', 'tokens: a,', ',b;\n', noQuote],
  ['Java system property', 'java -Dtoken=', ' -jar app.jar\n', noBlank, '.sh'],
  ['Vim swap, long line', `${'x '.repeat(200)}`, `${' y'.repeat(200)}\n`, line],
];

const carrierOf = ([name, before, after, writing, ending = '.txt']: Row): Carrier => ({
  name,
  group: 'clear',
  ending,
  write(key: Key) {
    const stands = writing(key.secret);
    const [left, right] = [writing(key.before), writing(key.after)];
    if (stands === undefined || left === undefined || right === undefined || belongs(key, after)) return undefined;
    const also = stands === key.secret ? {} : { also: [stands] };
    return {
      before: Buffer.concat([Buffer.from(before), Buffer.from(left)]),
      stands,
      after: Buffer.concat([Buffer.from(right), Buffer.from(after)]),
      ...also,
    };
  },
});

/** A file that begins or ends with the key. */
const edges: readonly Carrier[] = [
  {
    name: 'all of the file',
    group: 'clear',
    ending: '.key',
    perFile: 1,
    write: ({ before, secret, after }) => ({ before, stands: secret, after }),
  },
];

/** Carriers in which the key stands as it is. */
export const clearCarriers: readonly Carrier[] = [...rows.map(carrierOf), ...edges];

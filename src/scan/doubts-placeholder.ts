import { looksCounted } from './doubts-counted.ts';

/** Words that nobody draws: of seven letters and more, of which one key in 10^7 has one by chance. */
const WORDS = [
  'example|placeholder|redacted|removed|deadbeef|notreal|not[_-]a[_-]real',
  'change[_-]?(?:me|this)|replace[_-]?(?:me|this|with)|insert[_-]',
  '(?:your|fake|dummy|sample)[_-]?(?:api|key|token|secret|access|auth|password|client|own|app)',
  'my[_-]?(?:secret|token|password|api[_-]?key|access)',
  '(?:key|token|secret|password)[_-]?(?:goes[_-]?)?here',
  // Between separators shorter words say the same.
  '(?:^|[_.-])(?:your|fake|dummy|here|enter|paste)(?=[_.-]|$)',
];

/** Variables of templates, and what is written for what is left out: no key has such characters. */
const TEMPLATE = [
  '\\$\\{|\\{\\{|<%|#\\{|\\$\\(|%\\(\\w+\\)|%[sv](?![0-9A-Za-z])',
  '^<.*>$|<[A-Za-z][A-Za-z _-]*>|^\\[[^"]*\\]$|^\\{[^":]*\\}$|^\\$\\w+$|^%\\w+%$|^@\\w+@$|^__\\w+__$',
  '\\*{4}|\\.{3}|\\xe2\\x80\\xa6', // an ellipsis, also as the bytes of UTF-8
];

/** What stands for a password in a manual. */
const WHOLE = [
  '^(?:true|false|null|none|nil|undefined|string|text|value|token|secret|api[_-]?key|change ?it)$',
  '^(?:pass|passwd|password|pwd|p4ssw0rd|passw0rd|username|user)$',
];

const PLACEHOLDER = new RegExp([...WORDS, ...TEMPLATE, ...WHOLE].join('|'), 'i');

/** Hosts of documentation: https://www.rfc-editor.org/rfc/rfc2606 */
const EXAMPLE_HOST = /(?:^|[@.])example\.(?:com|org|net|edu)\b|\.(?:example|invalid)(?=[:/?#]|$)/i;

/** Password and host of an address that has both. */
const ADDRESS = /^[a-z][a-z0-9+.-]{1,30}:\/\/[^/\s:@]*:(?<password>[^\s@]+)@(?<host>[^/\s?#]+)/i;

/** Longest text that is judged: beyond, it is a file of keys, and words stand in its comments. */
const LONGEST = 512;

/** Is it what documentation prints in a key's place, whatever the kind of key? */
export const isPlaceholder = (secret: string): boolean => {
  if (secret.length > LONGEST) return false;
  const { password, host } = ADDRESS.exec(secret)?.groups ?? {};
  if (host !== undefined && EXAMPLE_HOST.test(host)) return true;
  const text = password ?? secret;
  return PLACEHOLDER.test(text) || looksCounted(text);
};

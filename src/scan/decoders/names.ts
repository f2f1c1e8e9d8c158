/** Names of characters in Unicode, beside those of letters and digits (`\N{…}` of Python). */
const unicode: Readonly<Record<string, string>> = {
  'LOW LINE': '_',
  'HYPHEN-MINUS': '-',
  'FULL STOP': '.',
  'PLUS SIGN': '+',
  SOLIDUS: '/',
  'EQUALS SIGN': '=',
  COLON: ':',
  'COMMERCIAL AT': '@',
  TILDE: '~',
  'PERCENT SIGN': '%',
};
const digits = ['ZERO', 'ONE', 'TWO', 'THREE', 'FOUR', 'FIVE', 'SIX', 'SEVEN', 'EIGHT', 'NINE'];
const letter = /^LATIN (SMALL|CAPITAL) LETTER ([A-Z])$/;

/** The character that Unicode gives this name, if keys may hold it. */
export const standsFor = (name: string): number | undefined => {
  const upper = name.toUpperCase();
  const [, size, one] = letter.exec(upper) ?? [];
  if (one !== undefined) return (size === 'SMALL' ? one.toLowerCase() : one).charCodeAt(0);
  const digit = upper.startsWith('DIGIT ') ? digits.indexOf(upper.slice(6)) : -1;
  return digit >= 0 ? 0x30 + digit : unicode[upper]?.charCodeAt(0);
};

/**
 * Named references of HTML for ASCII, and for what is invisible (https://html.spec.whatwg.org/entities.json). `hyphen`
 * and `dash` are U+2010 there; who writes them inside a key means the minus of ASCII, which has no name.
 */
const html: Readonly<Record<string, string>> = {
  Tab: '\t',
  NewLine: '\n',
  excl: '!',
  quot: '"',
  QUOT: '"',
  num: '#',
  dollar: '$',
  percnt: '%',
  amp: '&',
  AMP: '&',
  apos: "'",
  lpar: '(',
  rpar: ')',
  ast: '*',
  midast: '*',
  plus: '+',
  comma: ',',
  period: '.',
  sol: '/',
  colon: ':',
  semi: ';',
  lt: '<',
  LT: '<',
  equals: '=',
  gt: '>',
  GT: '>',
  quest: '?',
  commat: '@',
  lsqb: '[',
  lbrack: '[',
  bsol: '\\',
  rsqb: ']',
  rbrack: ']',
  Hat: '^',
  lowbar: '_',
  UnderBar: '_',
  hyphen: '-',
  dash: '-',
  grave: '`',
  DiacriticalGrave: '`',
  lcub: '{',
  lbrace: '{',
  verbar: '|',
  vert: '|',
  VerticalLine: '|',
  rcub: '}',
  rbrace: '}',
  nbsp: '\u00a0',
  shy: '\u00ad',
  ZeroWidthSpace: '\u200b',
  zwnj: '\u200c',
  zwj: '\u200d',
  NoBreak: '\u2060',
};

/** The character of `&name;`. */
export const namedReferences: ReadonlyMap<string, number> = new Map(
  Object.entries(html).map(([name, one]) => [name, one.charCodeAt(0)]),
);

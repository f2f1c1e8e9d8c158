/** A text as a pattern for all its spellings: each letter in both cases. */
const inAnyCase = (text: string): string =>
  [...text]
    .map((letter) => {
      const [small, capital] = [letter.toLowerCase(), letter.toUpperCase()];
      if (small !== capital) return `[${small}${capital}]`;
      return letter.replace(/[\\^$.*+?()[\]{}|/-]/, '\\$&');
    })
    .join('');

/** The rest of the identifier that the name stands in: `_API_KEY` of `ACME_API_KEY`, `.api-key` of `acme.api-key`. */
const REST = '[\\w.-]{0,24}';

/** Words more, in the same statement: `{ apiKey` of `acme: { apiKey: …`, `</key` and `><string` of a property list. */
const WORDS = '(?:[^\\w.,;\\r\\n-][^\\w,;\\r\\n]{0,11}[A-Za-z]\\w{0,15}){0,3}';

const ASKS = ['key', 'token', 'secret'].map(inAnyCase).join('|');

/** A word that may stand after a comma or on the next line, in `- name: ACME_KEY`, `  value: …` and `[acme]`, `key = …`. */
const NEXT = `["'\`\\]]{0,2}[:,]?[ ]?\\{?\\s{0,32}["'\`]?(?:[vV]alue|(?:[A-Za-z]{1,7}[_-]?)?(?:${ASKS}))`;

/** Quotes and blanks, what tells that a value follows, and what may stand before it. */
const OPERATOR = '[^\\w=:>,|(.-]{0,6}[=:>,|(][^\\w+/]{0,12}(?:(?:[bB]earer|[tT]oken|[bB]asic|string)[ >])?';

/** Only blanks, after a word that asks for a value: `--acme-key …`, `ENV ACME_TOKEN …`, `the Acme API key …`. */
const ASKED = `[ \\t]?(?:${ASKS})[ \\t]{1,4}["'\`]?`;

/**
 * Keywords and pattern of keys that do not tell by themselves whose they are: one of the names, in any case, and in the
 * same statement the value. Reads assignments of every language, JSON, YAML, TOML, XML, headers, flags and calls. The
 * value is the source of a pattern for one key; no letter or digit may follow it.
 */
export const assigned = (
  names: readonly [string, ...string[]],
  value: string,
): { readonly keywords: readonly [string, ...string[]]; readonly pattern: RegExp } => {
  const name = `(?:${names.map(inAnyCase).join('|')})${REST}`;
  const between = `(?:(?:${WORDS}|${NEXT})${OPERATOR}|${WORDS}${ASKED})`;
  return { keywords: names, pattern: new RegExp(`${name}${between}(?<secret>${value})(?![A-Za-z0-9])`) };
};

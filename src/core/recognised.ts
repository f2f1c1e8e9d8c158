import type { Detector, Examples } from './detector.ts';
import { mayBeRandom } from './entropy.ts';
import { sample } from './sample.ts';

/** What documentation prints in a key's place: in a random key one of these stands less than once in 20,000. */
const PLACEHOLDER =
  /example|placeholder|changeme|change_me|redacted|replace|dummy|sample_|your[_-]|[_-]here|abcdef(?:gh|01|12)|01234567|12345678|(.)\1{6}/i;

/** Characters of a key's body, as a class and as the letters to make examples of. */
export const alphabets = {
  digits: ['0-9', '0123456789'],
  hex: ['0-9a-f', '0123456789abcdef'],
  hexAnyCase: ['0-9a-fA-F', '0123456789abcdefABCDEF'],
  lower: ['a-z0-9', 'abcdefghijklmnopqrstuvwxyz0123456789'],
  upper: ['A-Z0-9', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'],
  base32: ['A-Z2-7', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'],
  alphanumeric: ['A-Za-z0-9', undefined],
  words: ['A-Za-z0-9_-', 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-'],
  signs: ['A-Za-z0-9_=.-', 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_=.-'],
  base64: ['A-Za-z0-9+/', 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'],
} as const;
export type Alphabet = keyof typeof alphabets;

/** Random letters of an alphabet for examples; a letter or digit stands at both ends, as no text beside it may decide. */
export const random = (seed: string, length: number, alphabet: Alphabet = 'alphanumeric'): string => {
  const [, letters] = alphabets[alphabet];
  if (alphabet !== 'words' && alphabet !== 'signs' && alphabet !== 'base64') return sample(seed, length, letters);
  return sample(`${seed} <`, 1) + sample(seed, length - 2, letters) + sample(`${seed} >`, 1);
};

/** A kind of key that is only reported: nobody is asked about it. */
export const recognised = (kind: Omit<Detector, 'answers' | 'validate' | 'revoke' | 'expire'>): Detector => ({
  placeholder: PLACEHOLDER,
  ...kind,
  answers: [],
});

/** Three keys of a maker and, for near misses, one in a word beside those given. */
export const examplesOf = (make: (seed: string) => string, not: readonly string[] = []): Examples => ({
  ours: ['a', 'b', 'c'].map(make),
  not: [`x${make('in a word')}`, ...not],
});

type Given = Pick<Detector, 'id' | 'issuer' | 'docs'> & Partial<Pick<Detector, 'accept' | 'foreign' | 'placeholder'>>;

export interface Prefixed extends Given {
  /** What keys begin with: plain text, case counts. */
  readonly prefix: string | readonly [string, ...string[]];
  readonly alphabet: Alphabet;
  /** Characters after the prefix: that many, or from one number to another. */
  readonly length: number | readonly [least: number, most: number];
  /** Makes an example of a seed; needed where `accept` asks for more than random letters. */
  readonly make?: (seed: string) => string;
}

/** A body of words goes on where letters do after a hyphen, and where the hyphen or `_` is encoded (`%5F`, `\u002d`). */
const WORDS_END = '(?!\\w|-{1,4}\\w|[%\\\\][ux]?(?:00)?(?:5[fF]|2[dD]))';

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');

/**
 * The most common kind: a prefix that is the issuer's alone, then random letters. A hyphen is never the last of a body
 * whose length is open, so that `key-->` gives up its arrow.
 */
export const prefixed = ({ prefix, alphabet, length, make, ...kind }: Prefixed): Detector => {
  const prefixes: readonly [string, ...string[]] = typeof prefix === 'string' ? [prefix] : prefix;
  const [least, most] = typeof length === 'number' ? [length, length] : length;
  const [letters] = alphabets[alphabet];
  const open = alphabet === 'words' || alphabet === 'signs';
  const last = letters.replace(/[=.-]+$/, '');
  const body = least === most ? `[${letters}]{${least}}` : `[${letters}]{${least - 1},${most - 1}}[${last}]`;
  const start = prefixes.length > 1 ? `(?:${prefixes.map(escaped).join('|')})` : escaped(prefixes[0]);
  const bodyOf = (secret: string) =>
    secret.slice(Math.max(...prefixes.map((p) => (secret.startsWith(p) ? p.length : 0))));
  const key = make ?? ((seed) => prefixes[0] + random(`${kind.id} ${seed}`, least, alphabet));
  const examples = (): Examples => {
    const others = make ? [] : prefixes.slice(1).map((p) => p + random(`${kind.id} ${p}`, most, alphabet));
    const { ours, not } = examplesOf(key, [
      // Where a hyphen may follow, one letter less is not short enough: `key-->`.
      key('short').slice(0, prefixes[0].length + least - (open ? 3 : 1)),
      prefixes[0] + random(`${kind.id} long`, most + 1, alphabet),
      prefixes[0] + 'x'.repeat(least),
    ]);
    return { ours: [...ours, ...others], not };
  };
  return recognised({
    accept: (secret) => mayBeRandom(bodyOf(secret), alphabet === 'digits' ? 1.5 : 2),
    ...kind,
    keywords: prefixes,
    pattern: new RegExp(
      `(?<secret>${start}${body})${alphabet === 'signs' ? '(?![=.-]{0,4}\\w)' : open ? WORDS_END : '(?![A-Za-z0-9])'}`,
    ),
    examples,
  });
};

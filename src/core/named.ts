import type { Detector } from './detector.ts';
import { looksRandom } from './entropy.ts';
import { assigned } from './pattern.ts';
import { type Alphabet, alphabets, random, recognised } from './recognised.ts';
import { isRandomUuid, UUID, uuid } from './uuid.ts';

/** No key goes on after this; a hyphen that no word follows is an arrow's. */
const END: Partial<Record<Alphabet, string>> = { words: '(?!-?\\w)', base64: '(?![+/=])' };

type Given = Pick<Detector, 'id' | 'issuer' | 'docs'> & Partial<Pick<Detector, 'accept' | 'foreign' | 'placeholder'>>;

export interface Named extends Given {
  /** One of them stands before the key; case does not count. */
  readonly names: readonly [string, ...string[]];
  /** What keys begin with, if others' begin with it too. */
  readonly prefix?: string;
  readonly alphabet: Alphabet | 'uuid';
  /** Characters after the prefix; of no account for a UUID. */
  readonly length?: number;
}

/** A kind of key that only the name beside it tells: random letters of a fixed number. */
export const named = ({ names, prefix = '', alphabet, length = 36, ...kind }: Named): Detector => {
  const least = alphabet === 'hex' || alphabet === 'digits' ? 2.6 : 3;
  const isRandom = (secret: string) =>
    alphabet === 'uuid' ? isRandomUuid(secret) : looksRandom(secret.slice(prefix.length), least);
  const [letters] = alphabet === 'uuid' ? [UUID] : alphabets[alphabet];
  const value = alphabet === 'uuid' ? UUID : `[${letters}]{${length}}${END[alphabet] ?? ''}`;
  const make = (seed: string) =>
    prefix + (alphabet === 'uuid' ? uuid(`${kind.id} ${seed}`) : random(`${kind.id} ${seed}`, length, alphabet));
  const context = `${names[0].toUpperCase().replace(/[^A-Z0-9]/g, '_')}_API_KEY=`;
  return recognised({
    accept: isRandom,
    ...kind,
    ...assigned(names, prefix.replace(/[.$]/g, '\\$&') + value),
    examples: () => ({
      context,
      ours: ['a', 'b', 'c'].map(make),
      not: [
        make('without a name'),
        context + make('short').slice(0, -3),
        `${context}${make('long')}0`,
        `${context}${prefix}${'1'.repeat(length)}`,
      ],
    }),
  });
};

import type { Detector } from '../../src/core/detector.ts';
import type { Key, KeyMaker } from './key.ts';
import { ALNUM, BASE64, BASE64URL, DIGITS, HEX, LOWER, type Random, UPPER } from './random.ts';

const PUNCTUATION = '-_.+/=~:@!$%&,';
/** From narrow to wide. */
const alphabets = [
  DIGITS,
  HEX,
  HEX.toUpperCase(),
  LOWER + DIGITS,
  UPPER + DIGITS,
  ALNUM,
  `${ALNUM}-`,
  BASE64URL,
  BASE64,
  ALNUM + PUNCTUATION,
];

interface Shape {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** Per place of the secret that may change: the characters that fit there. */
  readonly free: ReadonlyMap<number, string>;
}

/** Where the key stands in an example, or undefined when the pattern does not find it. */
const placeOf = ({ pattern }: Detector, text: string): readonly [number, number] | undefined => {
  const found = new RegExp(pattern.source, `${pattern.flags}d`).exec(text);
  return found?.indices?.groups?.['secret'];
};

/** Words at the front of a key (`sk_live_`, `api03-`) stay: a loose pattern would let them change. */
const fixedWords = (secret: string): number => {
  const words = /^(?:[A-Za-z]{1,8}[A-Za-z0-9]{0,3}[-_.:/]+){0,3}/.exec(secret)?.[0] ?? '';
  return words.length < secret.length - 8 ? words.length : 0;
};

const shapeOf = (detector: Detector, text: string): Shape | undefined => {
  const place = placeOf(detector, text);
  if (!place) return undefined;
  const [start, end] = place;
  const secret = text.slice(start, end);
  const kept = fixedWords(secret);
  const free = new Map<number, string>();
  for (let at = kept; at < secret.length; at += 1) {
    const fits = [...ALNUM, ...PUNCTUATION].filter((letter) => {
      if (letter === secret[at]) return true;
      const tried = placeOf(detector, text.slice(0, start + at) + letter + text.slice(start + at + 1));
      return tried?.[0] === start && tried[1] === end;
    });
    if (fits.length > 1) free.set(at, fits.join(''));
  }
  return { text, start, end, free };
};

const alphabetOf = (shapes: readonly Shape[]): string => {
  const seen = new Set(shapes.flatMap(({ text, start, free }) => [...free.keys()].map((at) => text[start + at] ?? '')));
  return alphabets.find((alphabet) => [...seen].every((letter) => alphabet.includes(letter))) ?? ALNUM;
};

const stands = (detector: Detector, secret: string): boolean =>
  !detector.placeholder?.test(secret) &&
  !detector.foreign?.some((shape) => shape.test(secret)) &&
  (detector.accept?.(secret) ?? true);

const variantOf = (shape: Shape, alphabet: string, random: Random): string => {
  const { text, start, end, free } = shape;
  const secret = [...text.slice(start, end)];
  for (const [at, fits] of free) {
    const from = [...fits].filter((letter) => alphabet.includes(letter) && (/\w/.test(letter) || at > 0));
    if (/[A-Za-z0-9]/.test(secret[at] ?? '') && from.length > 0) secret[at] = random.pick(from);
  }
  return secret.join('');
};

/**
 * Makes keys of a detector out of its examples: every character that the pattern lets change is drawn anew. A detector
 * that proves more (a checksum) refuses those: then its examples themselves are used.
 */
export const createDerived = (detector: Detector, random: Random): KeyMaker | undefined => {
  const shapes = detector.examples().ours.flatMap((text) => shapeOf(detector, text) ?? []);
  if (shapes.length === 0) return undefined;
  const alphabet = alphabetOf(shapes);
  const { id: kind, issuer } = detector;
  const inner = [...PUNCTUATION].filter((letter) =>
    shapes.some(({ free }) => [...free].some(([at, fits]) => at > 0 && fits.includes(letter))),
  );
  const keyOf = (shape: Shape, secret: string): Key => ({
    kind,
    issuer,
    by: 'registry',
    secret,
    before: shape.text.slice(0, shape.start),
    after: shape.text.slice(shape.end),
    inner: inner.join(''),
  });
  const derived = (shape: Shape): string | undefined => {
    for (let tries = 0; tries < 40; tries += 1) {
      const secret = variantOf(shape, alphabet, random);
      const found = placeOf(detector, shape.text.slice(0, shape.start) + secret + shape.text.slice(shape.end));
      if (found?.[0] === shape.start && found[1] === shape.end && stands(detector, secret)) return secret;
    }
    return undefined;
  };
  const fresh = shapes.some((shape) => derived(shape) !== undefined);
  return {
    kind,
    issuer,
    by: 'registry',
    fresh,
    make() {
      const shape = random.pick(shapes);
      return keyOf(shape, (fresh && derived(shape)) || shape.text.slice(shape.start, shape.end));
    },
  };
};

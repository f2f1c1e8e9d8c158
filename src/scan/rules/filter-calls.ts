import { bitsPerCharacter } from '../../core/bits.ts';
import { looksWritten } from '../doubts-written.ts';
import { createRe2 } from './re2.ts';
import { createStopwords } from './stopwords.ts';

/** What an expression gives; undefined where it does not fit together. */
export type Value =
  | string
  | number
  | boolean
  | readonly string[]
  | Readonly<Record<string, string | number>>
  | undefined;

/** What a filter sees: `finding`, `attributes`, and what `let` named. */
export type Scope = Readonly<Record<string, Value>>;
export type Run = (scope: Scope) => Value;

/** A part of an expression; `fixed` when it is the same for every finding. */
export interface Part {
  readonly run: Run;
  readonly fixed?: Value;
}

type Call = (parts: readonly Part[]) => Run;

const textsOf = (value: Value, name: string): readonly string[] => {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value;
  throw new Error(`its filter calls ${name} with what is no list of texts`);
};

const onText =
  (judge: (text: string) => Value): Call =>
  ([part]) =>
  (scope) => {
    const text = part?.run(scope);
    return typeof text === 'string' ? judge(text) : undefined;
  };

const onNumbers =
  (of: (...numbers: number[]) => number): Call =>
  (parts) =>
  (scope) =>
    of(...parts.map((part) => Number(part.run(scope))));

const lengthOf = (value: Value): number | undefined =>
  typeof value === 'string' || Array.isArray(value) ? value.length : undefined;

/** What a filter may call, with and without `filter.` before the name. */
export const calls: Readonly<Record<string, Call>> = {
  entropy: onText(bitsPerCharacter),
  failsTokenEfficiency: onText(looksWritten),
  lower: onText((text) => text.toLowerCase()),
  upper: onText((text) => text.toUpperCase()),
  max: onNumbers(Math.max),
  min: onNumbers(Math.min),
  len:
    ([part]) =>
    (scope) =>
      lengthOf(part?.run(scope)),
  matchesAny(parts) {
    const sources = textsOf(parts[1]?.fixed, 'matchesAny');
    const patterns = createRe2(sources.map((source) => `(?:${source})`).join('|'));
    return onText((text) => sources.length > 0 && patterns.test(text))(parts);
  },
  findMatch(parts) {
    const pattern = createRe2(textsOf(parts[1]?.fixed, 'findMatch').join(''));
    return onText((text) => text.slice(...(pattern.search(text, 0)?.slice(0, 2) ?? [0, 0])))(parts);
  },
  containsAny(parts) {
    return onText(createStopwords(textsOf(parts[1]?.fixed, 'containsAny')))(parts);
  },
  get:
    ([from, key, otherwise]) =>
    (scope) => {
      const fields = from?.run(scope);
      const name = key?.run(scope);
      const found = typeof fields === 'object' && !Array.isArray(fields) ? Object.entries(fields) : [];
      return found.find(([one]) => one === name)?.[1] ?? otherwise?.run(scope);
    },
};

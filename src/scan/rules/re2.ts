import { RE2JS } from 're2js';

/** Where a match and its groups stand: beginning and end of each, -1 for a group that took no part. */
export type Spans = readonly number[];

/** A pattern in RE2's language that runs in linear time on any text. */
export interface Re2 {
  readonly groups: number;
  test(text: string): boolean;
  /** The leftmost match that begins at `from` or later. */
  search(text: string, from: number): Spans | undefined;
}

/** Compiles for RE2. Throws an Error that tells what is wrong with the source. */
export const createRe2 = (source: string): Re2 => {
  const compiled = RE2JS.compile(source);
  const groups = compiled.groupCount();
  return {
    groups,
    test: (text) => compiled.test(text),
    search(text, from) {
      const matcher = compiled.matcher(text);
      if (!matcher.find(from)) return undefined;
      return Array.from({ length: groups + 1 }, (_, group) => [matcher.start(group), matcher.end(group)]).flat();
    },
  };
};

import type { Sight } from '../rule.ts';
import { readExpression } from './filter-read.ts';
import { createReader } from './filter-words.ts';

/** Does a filter discard what was found? */
export type Filter = (sight: Sight) => boolean;

/** Longest filter that is read. */
const LONGEST = 200_000;

/**
 * Compiles a filter of betterleaks (https://github.com/betterleaks/betterleaks/blob/main/docs/config.md): an expression
 * that is true of what is no secret. Throws an Error that tells what is not understood.
 */
export const createFilter = (source: string): Filter => {
  if (source.length > LONGEST) throw new Error('its filter is longer than 200,000 characters');
  const reader = createReader(source);
  const { run } = readExpression(reader);
  const { kind, text } = reader.peek();
  if (kind !== 'end') throw new Error(`its filter has ${text} where it should end`);
  return ({ secret, match, line, path }) => {
    const start = Math.max(0, line.indexOf(match));
    const finding = {
      secret,
      match,
      line,
      // What stands around is known up to the ends of the line, at most 256 bytes either side.
      fragment_raw: line,
      match_start_idx: start,
      match_end_idx: start + match.length,
      match_line_start_idx: 0,
      match_line_end_idx: line.length,
    };
    return run({ finding, attributes: { path } }) === true;
  };
};

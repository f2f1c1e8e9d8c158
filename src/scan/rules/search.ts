import type { Node, Pattern } from '../pattern/node.ts';
import { toJs } from '../pattern/to-js.ts';
import { createRe2, type Spans } from './re2.ts';

/** The leftmost match that begins at `from` or later, with its groups. */
export type Search = (text: string, from: number) => Spans | undefined;

/** Does it look around? RE2 does not; only the flag m makes such a node of a pattern in RE2's language. */
const looks = (node: Node): boolean => {
  if (node.kind === 'look') return true;
  if (node.kind === 'sequence') return node.parts.some(looks);
  if (node.kind === 'choice') return node.options.some(looks);
  return (node.kind === 'repeat' || node.kind === 'group') && looks(node.part);
};

/** The pattern in RE2's language, over bytes; `[]` and `[^]` are JavaScript's. */
const re2Source = (pattern: Pattern): string =>
  looks(pattern.root)
    ? pattern.source
    : toJs(pattern).replaceAll('[^]', '[\\x00-\\xff]').replaceAll('[]', '[^\\x00-\\x{10ffff}]');

const createLazy = <T>(make: () => T): (() => T) => {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
};

/**
 * Runs somebody's pattern in linear time: nobody proved it, so V8's engine, which tries again and again, never sees it.
 * It is compiled when the first text is near: most rules of a pack never see one.
 */
export const createSearch = (pattern: Pattern): Search => {
  const re2 = createLazy(() => createRe2(re2Source(pattern)));
  if (looks(pattern.root)) re2();
  return (text, from) => re2().search(text, from);
};

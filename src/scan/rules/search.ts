import { createAutomaton } from '../pattern/automaton.ts';
import { every } from '../pattern/byte-set.ts';
import { isLinear, workOf } from '../pattern/linear.ts';
import { type Node, type Pattern, sequenceOf, setNode } from '../pattern/node.ts';
import { toJs } from '../pattern/to-js.ts';
import { createRe2, type Spans } from './re2.ts';

/** The leftmost match that begins at `from` or later, with its groups. One that begins after `last` need not be found. */
type Look = (text: string, from: number, last: number) => Spans | undefined;

export interface Search {
  readonly first: Look;
  /** The same where something was found in the text before. */
  readonly next: Look;
}

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

/** Steps of V8 for one place that are as good as none. */
const FEW = 1000;
/** Steps beyond which V8 is not let near a pattern without a loop, although it comes to an end. */
const MANY = 100_000;

/** V8 itself, for a pattern of which it is proved that it never tries long. */
const createQuick = (pattern: Pattern): Look => {
  const quick = new RegExp(toJs(pattern), 'dg');
  return (text, from) => {
    quick.lastIndex = from;
    return quick.exec(text)?.indices?.flatMap((span) => span ?? [-1, -1]);
  };
};

/** Says no in linear time, where a match begins anywhere behind a place. */
const createGate = ({ root, ...rest }: Pattern): ((text: string, from: number) => boolean) => {
  const before: Node = { kind: 'repeat', part: setNode(every), least: 0, most: Number.POSITIVE_INFINITY, lazy: true };
  const automaton = createAutomaton({ ...rest, root: sequenceOf([before, root]) });
  return (text, from) => automaton.run(Buffer.from(text.slice(from), 'latin1'), 0, text.length - from) >= 0;
};

/** Places, one beside the other, that an automaton is begun at in turn; it may read all of the text from each of them. */
const MOST_BEGINNINGS = 256;

/** Tries each of a few places; what is found there is looked for in no more text than it can take. */
const createNear = (pattern: Pattern, find: Look): Look => {
  const automaton = createAutomaton(pattern);
  return (text, from, last) => {
    const bytes = Buffer.from(text.slice(from), 'latin1');
    for (let at = from; at <= last; at += 1) {
      const end = automaton.run(bytes, at - from, bytes.length);
      if (end < 0) continue;
      // The byte behind it tells a word's end, and that the text goes on.
      const spans = find(text.slice(0, from + end + 1), at, last);
      const [start = 0] = spans ?? [];
      if (spans && start <= last) return spans;
    }
    return undefined;
  };
};

/**
 * Runs somebody's pattern in time linear in the text. V8 only sees one of which it is proved that it never tries long; for
 * any other an automaton says no, nearly always, and RE2 finds what it does not deny. That is slow on text that is full
 * of matches, but no slower than the text is long. Throws where RE2 does not take the pattern.
 */
export const createSearch = (pattern: Pattern): Search => {
  const { steps, loops } = workOf(pattern);
  const quick = isLinear(pattern) || (loops === 0 && steps <= MANY) ? createQuick(pattern) : undefined;
  if (quick && loops === 0 && steps <= FEW) return { first: quick, next: quick };
  const gate = createGate(pattern);
  const find = quick ?? createRe2(re2Source(pattern)).search;
  const near = createNear(pattern, find);
  const next: Look = (text, from, last) => (last - from < MOST_BEGINNINGS ? near : find)(text, from, last);
  return {
    // The gate reads all that is left: match by match, that would be quadratic.
    first: (text, from, last) =>
      last - from < MOST_BEGINNINGS || gate(text, from) ? next(text, from, last) : undefined,
    next,
  };
};

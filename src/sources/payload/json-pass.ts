/** Passes over JSON byte by byte, without parsing it: which objects and lists are open at a place. */

/** An object or a list: where it begins, and where the name (between its quotes) stands that it has in its object. */
export interface Open {
  readonly from: number;
  readonly nameFrom: number;
  readonly nameTo: number;
}

/** What is open at a place, outermost first: no more than the outermost 64. */
export type JsonPass = (offset: number) => readonly Open[];

const [QUOTE, BACKSLASH, COLON, COMMA] = [0x22, 0x5c, 0x3a, 0x2c];
/** `[` and `]` differ from `{` and `}` in this bit only. */
const CASE = 0x20;
const [OPENS, CLOSES] = [0x7b, 0x7d];
const DEEPEST = 64;
/** A place that was passed is looked for from here on at most (bytes). */
const MARK_EVERY = 1024 * 1024;
/** Numbers of an `Open` in the stack. */
const SIZE = 3;

interface State {
  at: number;
  depth: number;
  /** The last name that stood before a colon, and the last string. -1: none. */
  nameFrom: number;
  nameTo: number;
  textFrom: number;
  textTo: number;
  /** What is open, as numbers: nothing is made for the many that nobody asks for. */
  readonly stack: Int32Array;
}

const begun = (): State => ({
  ...{ at: 0, depth: 0, nameFrom: -1, nameTo: -1, textFrom: -1, textTo: -1 },
  stack: new Int32Array(DEEPEST * SIZE),
});

/** Where the string that begins before `from` ends: at its quote, or at the end of the body. */
export const endOfString = (body: Buffer, from: number): number => {
  let at = from;
  for (const near = Math.min(body.length, from + 24); at < near; at += 1) {
    if (body[at] === QUOTE) return at;
    if (body[at] === BACKSLASH) at += 1;
  }
  for (;;) {
    const quote = body.indexOf(QUOTE, at);
    if (quote < 0) return body.length;
    let slashes = quote;
    while (slashes > at && body[slashes - 1] === BACKSLASH) slashes -= 1;
    if ((quote - slashes) % 2 === 0) return quote;
    at = quote + 1;
  }
};

/** Where a string was found to end: it may be long, and hold many places. */
interface Long {
  from: number;
  to: number;
}

/** Goes to `to`, not into a string that ends behind it. Stops early, behind the first bracket that opens after `mark`. */
const passTo = (body: Buffer, state: State, { to, mark, long }: { to: number; mark: number; long: Long }): void => {
  const { stack } = state;
  let { at, depth, nameFrom, nameTo, textFrom, textTo } = state;
  let stop = to;
  for (; at < stop; at += 1) {
    const byte = body[at] ?? 0;
    if (byte === QUOTE) {
      const end = long.from === at ? long.to : endOfString(body, at + 1);
      if (end >= to) {
        Object.assign(long, { from: at, to: end });
        break;
      }
      textFrom = at + 1;
      textTo = end;
      at = end;
    } else if (byte === COLON) {
      nameFrom = textFrom;
      nameTo = textTo;
    } else if (byte === COMMA) nameFrom = -1;
    else if ((byte | CASE) === OPENS) {
      if (depth < DEEPEST) {
        stack[depth * SIZE] = at;
        stack[depth * SIZE + 1] = nameFrom;
        stack[depth * SIZE + 2] = nameTo;
      }
      depth += 1;
      nameFrom = -1;
      if (at >= mark) stop = at;
    } else if ((byte | CASE) === CLOSES && depth > 0) depth -= 1;
  }
  Object.assign(state, { at, depth, nameFrom, nameTo, textFrom, textTo });
};

const openIn = ({ depth, stack }: State): readonly Open[] =>
  Array.from({ length: Math.min(depth, DEEPEST) }, (_, level) => {
    const [from = 0, nameFrom = -1, nameTo = -1] = stack.subarray(level * SIZE);
    return { from, nameFrom, nameTo };
  });

/**
 * Goes on from where it was, so that places in ascending order cost one pass in all. What lies behind is found again from
 * a mark.
 */
export const createJsonPass = (body: Buffer): JsonPass => {
  const marks: State[] = [begun()];
  const long: Long = { from: -1, to: -1 };
  let state = begun();
  return (offset) => {
    if (offset < state.at) {
      const mark = marks.findLast(({ at }) => at <= offset) ?? begun();
      state = { ...mark, stack: mark.stack.slice() };
    }
    while (state.at < offset) {
      const before = state.at;
      const mark = (marks.at(-1)?.at ?? 0) + MARK_EVERY;
      passTo(body, state, { to: offset, mark, long });
      if (state.at >= mark) marks.push({ ...state, stack: state.stack.slice() });
      if (state.at === before) break;
    }
    return openIn(state);
  };
};

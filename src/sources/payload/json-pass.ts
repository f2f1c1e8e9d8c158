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

interface State {
  readonly at: number;
  readonly depth: number;
  readonly opens: readonly Open[];
}

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

/**
 * Goes on from where it was, so that places in ascending order cost one pass in all. What lies behind is found again from
 * a mark.
 */
export const createJsonPass = (body: Buffer): JsonPass => {
  let [at, depth, nameFrom, nameTo, textFrom, textTo] = [0, 0, -1, -1, -1, -1];
  /** The string that reached behind a place: it may be long, and hold many places. */
  let [longFrom, longTo] = [-1, -1];
  const opens: Open[] = [];
  const marks: State[] = [{ at: 0, depth: 0, opens: [] }];

  const forget = (): void => {
    nameFrom = -1;
    nameTo = -1;
  };
  const open = (): void => {
    if (depth < DEEPEST) opens.push({ from: at, nameFrom, nameTo });
    depth += 1;
    forget();
    if (at - (marks.at(-1)?.at ?? 0) >= MARK_EVERY) marks.push({ at: at + 1, depth, opens: [...opens] });
  };
  const close = (): void => {
    depth = Math.max(0, depth - 1);
    if (depth < DEEPEST) opens.length = depth;
  };
  /** Goes to `to`, not into a string or past it that ends behind `to`. */
  const passTo = (to: number): void => {
    while (at < to) {
      const byte = body[at] ?? 0;
      if (byte === QUOTE) {
        const end = longFrom === at ? longTo : endOfString(body, at + 1);
        if (end >= to) {
          [longFrom, longTo] = [at, end];
          return;
        }
        textFrom = at + 1;
        textTo = end;
        at = end;
      } else if (byte === COLON) {
        nameFrom = textFrom;
        nameTo = textTo;
      } else if (byte === COMMA) forget();
      else if ((byte | CASE) === OPENS) open();
      else if ((byte | CASE) === CLOSES) close();
      at += 1;
    }
  };
  const goBack = (to: number): void => {
    const mark = marks.findLast((state) => state.at <= to);
    [at, depth] = [mark?.at ?? 0, mark?.depth ?? 0];
    opens.splice(0, opens.length, ...(mark?.opens ?? []));
    forget();
  };

  return (offset) => {
    if (offset < at) goBack(offset);
    passTo(offset);
    return opens;
  };
};

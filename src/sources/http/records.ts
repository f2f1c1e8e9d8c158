/** Bytes from `from` up to `to`. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

const [QUOTE, BACKSLASH, OPEN, CLOSE, NEWLINE] = [0x22, 0x5c, 0x7b, 0x7d, 0x0a];
/** What a line of JSON may begin with: an object, an array of them, or the comma after a cut. */
const JSON_STARTS = [OPEN, 0x5b, 0x2c];

/**
 * The record around a place: the outermost JSON object there (several may stand in one line: in an array, or put together
 * as Splunk allows), else the line. `before`: the record that was found last, so that a long line is walked once.
 */
export const recordAround = (bytes: Buffer, at: number, before?: Span): Span => {
  const line = lineAround(bytes, at);
  const begin = before && before.from >= line.from && before.to <= at ? before.to : line.from;
  return objectAround(bytes, { from: begin, to: line.to }, at) ?? line;
};

const lineAround = (bytes: Buffer, at: number): Span => {
  const from = at === 0 ? 0 : bytes.lastIndexOf(NEWLINE, at - 1) + 1;
  const end = bytes.indexOf(NEWLINE, at);
  return { from, to: end < 0 ? bytes.length : end };
};

const objectAround = (bytes: Buffer, { from, to }: Span, at: number): Span | undefined => {
  if (!JSON_STARTS.includes(bytes[firstOf(bytes, from, to)] ?? 0)) return undefined;
  let depth = 0;
  let start = from;
  for (let i = from; i < to && (depth > 0 || i <= at); i += 1) {
    const byte = bytes[i];
    if (byte === QUOTE) i = endOfText(bytes, i, to);
    else if (byte === OPEN) {
      if (depth === 0) start = i;
      depth += 1;
    } else if (byte === CLOSE && depth > 0) {
      depth -= 1;
      if (depth === 0 && i >= at) return start <= at ? { from: start, to: i + 1 } : undefined;
    }
  }
  return undefined;
};

/** Where the first byte stands that is no blank. */
const firstOf = (bytes: Buffer, from: number, to: number): number => {
  let at = from;
  while (at < to && (bytes[at] ?? 0) <= 0x20) at += 1;
  return at;
};

/** Where the JSON text that begins at `from` has its closing quote. */
const endOfText = (bytes: Buffer, from: number, to: number): number => {
  let at = from + 1;
  while (at < to && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return at;
};

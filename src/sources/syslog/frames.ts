/**
 * The two framings of syslog over TCP (https://www.rfc-editor.org/rfc/rfc6587#section-3.4): `57 <34>…` and `<34>…\n`, the
 * latter also ended by NUL, or a line without a priority. Which one it is shows at each frame's first bytes.
 */
export interface Frames {
  /**
   * The bytes that go on: all of the chunk, changed in place. A count stands right behind the last byte of a message, where
   * it would be taken for the end of a key, so its digits become newlines. Fewer than 12 bytes are held back while it shows
   * whether they are a count.
   */
  take(chunk: Buffer): Framed;
  /** What was held back, or is malformed, when nothing is taken any more. */
  rest(): Buffer;
  /** Whether the last message that began was counted. */
  counted(): boolean;
}

export interface Framed {
  readonly bytes: Buffer;
  /** A message ends with the last byte. */
  readonly ended: boolean;
  /** A connection that counts did not, behind these bytes: where the next message begins is not known. */
  readonly malformed: boolean;
}

const NEWLINE = 0x0a;
const NOTHING = Buffer.alloc(0);
const MOST_DIGITS = 10;

export const createFrames = (): Frames => {
  let held: Buffer = NOTHING;
  /** Bytes still to come of a counted message. */
  let left = 0;
  let inLine = false;
  let counts = false;
  /** The first message of a connection was counted, so all must be. A line may begin with a number. */
  let strict: boolean | undefined;

  let malformed = false;

  /** Goes over the frames; gives where it stopped. */
  const walk = (bytes: Buffer, endAfter: (at: number) => number): number => {
    for (let at = 0; at < bytes.length; ) {
      const first = bytes[at] ?? 0;
      const digits = left > 0 || inLine ? 0 : countAt(bytes, at);
      if (left > 0) {
        const step = Math.min(left, bytes.length - at);
        left -= step;
        at += step;
      } else if (inLine) {
        at = endAfter(at);
        inLine = at > bytes.length;
      } else if (isEnd(first) || first === 0x0d) at += 1;
      else if (digits === UNSEEN) return at;
      else if (digits > 0) {
        left = valueAt(bytes, at, digits);
        bytes.fill(NEWLINE, at, at + digits);
        at += digits + 1;
        counts = true;
        strict ??= true;
      } else if (strict && first !== LESS) {
        malformed = true;
        return at;
      } else {
        inLine = true;
        counts = false;
        strict ??= false;
      }
    }
    return bytes.length;
  };

  return {
    take(chunk) {
      const bytes = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      const at = walk(bytes, createEnds(bytes));
      held = Buffer.from(bytes.subarray(at));
      return { bytes: bytes.subarray(0, at), ended: left === 0 && !inLine, malformed };
    },
    rest: () => held,
    counted: () => counts,
  };
};

const LESS = 0x3c;
const SPACE = 0x20;
const UNSEEN = -1;
const isEnd = (byte: number): boolean => byte === NEWLINE || byte === 0;
const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39;

/** How many digits of a count stand here; 0: it is none; `UNSEEN`: the next bytes will tell. */
const countAt = (bytes: Buffer, at: number): number => {
  if (bytes[at] === 0x30) return 0;
  let end = at;
  while (end < bytes.length && end - at <= MOST_DIGITS && isDigit(bytes[end] ?? 0)) end += 1;
  const digits = end - at;
  if (digits === 0 || digits > MOST_DIGITS) return 0;
  if (end < bytes.length && bytes[end] !== SPACE) return 0;
  if (end + 1 >= bytes.length) return UNSEEN;
  return bytes[end + 1] === LESS ? digits : 0;
};

const valueAt = (bytes: Buffer, at: number, digits: number): number => {
  let value = 0;
  for (let i = at; i < at + digits; i += 1) value = value * 10 + ((bytes[i] ?? 0x30) - 0x30);
  return value;
};

/** Finds where the line at a place ends: behind its newline or NUL, or beyond the bytes. Each is looked for once. */
const createEnds = (bytes: Buffer): ((at: number) => number) => {
  const next = (byte: number): ((at: number) => number) => {
    let known = -1;
    return (at) => {
      if (known >= at) return known;
      const found = bytes.indexOf(byte, at);
      known = found < 0 ? bytes.length : found;
      return known;
    };
  };
  const [newline, nul] = [next(NEWLINE), next(0)];
  return (at) => Math.min(newline(at), nul(at)) + 1;
};

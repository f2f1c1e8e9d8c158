const isDigit = (code: number): boolean => code <= 0x39;

/** Bits of a digit and of a letter of a text that was drawn, by its share of both; letters of both cases are one. */
const bitsIn = (text: string): { readonly digit: number; readonly letter: number } => {
  const letters = text.replace(/[0-9]+/g, '');
  const digits = text.length - letters.length;
  return {
    digit: Math.log2((10 * text.length) / Math.max(1, digits)),
    letter: Math.log2(((/[g-z]/.test(letters) ? 26 : 6) * text.length) / Math.max(1, letters.length)),
  };
};

/** From one character to the next: the same, one on, one back; else undefined. After 9 come 0 and a. */
const stepOf = (one: number, next: number): number | undefined => {
  const step = next - one;
  if (step >= -1 && step <= 1) return step;
  if (one === 0x39 && (next === 0x30 || next === 0x61)) return 1;
  if (one === 0x30 && (next === 0x39 || next === 0x61)) return next === 0x39 ? -1 : 1;
  return one === 0x7a && next === 0x30 ? 1 : undefined;
};

/** Shortest run of steps that tells anything. */
const SHORTEST_RUN = 4;

/** How many bits it is less likely to have been drawn than to have been typed: `1234567890abcdef`, `xxxxxxxx`. */
const bitsOfRuns = (text: string): number => {
  const bits = bitsIn(text);
  const places = Math.log2(3 * text.length);
  let evidence = 0;
  let from = 0;
  let way: number | undefined;
  for (let i = 1; i <= text.length; i += 1) {
    const step = i < text.length ? stepOf(text.charCodeAt(i - 1), text.charCodeAt(i)) : undefined;
    if (step !== undefined && (step === way || i - 1 === from)) {
      way = step;
      continue;
    }
    const length = i - from;
    // Zero bytes are `A` in base64: real keys have rows of them (Twitter, Azure, OpenSSH).
    const zeros = way === 0 && text.charCodeAt(from) === 0x61 && length * 2 < text.length;
    const each = isDigit(text.charCodeAt(i - 1)) ? bits.digit : bits.letter;
    if (length >= SHORTEST_RUN && !zeros) evidence += Math.max(0, (length - 1) * each - places);
    from = step === undefined ? i : i - 1;
    way = step;
  }
  return evidence;
};

const LONGEST_PERIOD = 32;

/** The same for a text that ends in repetitions: `deadbeefdeadbeefdeadbeef`, `abc123abc123abc123`. */
const bitsOfRepeats = (text: string): number => {
  const bits = bitsIn(text);
  let best = 0;
  for (let period = 2; period <= Math.min(LONGEST_PERIOD, text.length >> 1); period += 1) {
    let at = text.length - 1;
    while (at >= period && text.charCodeAt(at) === text.charCodeAt(at - period)) at -= 1;
    const same = text.length - 1 - at;
    if (same > best && !/^a+$/.test(text.slice(-period))) best = same;
  }
  const digits = text.slice(text.length - best).replace(/[^0-9]+/g, '').length;
  return digits * bits.digit + (best - digits) * bits.letter - Math.log2(LONGEST_PERIOD);
};

/** A key drawn at random looks counted once in 2^24. */
const ENOUGH = 24;

/** Is the text a row of repeated or sequential characters, as documentation prints in a key's place? */
export const looksCounted = (text: string): boolean => {
  const letters = text.replace(/[^0-9A-Za-z]+/g, '').toLowerCase();
  return bitsOfRuns(letters) >= ENOUGH || bitsOfRepeats(letters) >= ENOUGH;
};

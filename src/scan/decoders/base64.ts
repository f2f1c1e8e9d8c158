import { type CreateDecode, type Reading, SHORTEST_KEY, type Sizes } from '../text.ts';
import { blockEnd, blockStart, NO_VALUE } from './bytes.ts';
import { createPacked } from './packed.ts';
import { createRun, type Run } from './run.ts';
import { decodeSextets, sextetValues } from './sextets.ts';
import { textBytes } from './texts.ts';

/** Quads of four characters that lie wholly within the shortest key. */
const LEAST = 4 * Math.floor((SHORTEST_KEY - 2) / 3);
/** Characters of the shortest run that can hold a key. */
const SHORTEST_RUN = Math.floor((SHORTEST_KEY * 4) / 3);

/**
 * What stands in base64 (RFC 4648, 4 and 5), however it stands in the text: at any of the four alignments, so that
 * neither a word glued to the front nor the border of a fragment hides it; over the ends of lines where it is wrapped;
 * only where it decodes to text, or to packed text.
 */
export const createBase64: CreateDecode = (sizes) => {
  const gather = createRun(sizes, sextetValues);
  const givePacked = createPacked(sizes);
  const giveStretches = createStretches(sizes);
  return (text, at, give) => {
    const { bytes, end } = text;
    let next = at;
    for (;;) {
      const run = gather(text, next);
      if (run.count >= SHORTEST_RUN && !givePacked(run, give)) {
        if (run.lines) for (const row of run.rows()) giveStretches(row, give);
        giveStretches(run, give);
      }
      if (run.stopped) return Math.max(at + 1, blockStart(run.to - sizes.overlap));
      const border = Math.min(blockEnd(Math.max(run.to, at + 1)), end);
      next = Math.max(run.to, next + 1);
      while (next < border && sextetValues[bytes[next] ?? 0] === NO_VALUE) next += 1;
      if (next >= border) return Math.max(at + 1, border);
    }
  };
};

interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly give: (reading: Reading) => void;
}

/** Decodes a part of a run, in pieces where it is long. */
const createDecoded = ({ overlap, piece: most }: Sizes) => {
  const decoded = new Uint8Array(most);
  // Whole quads, an even number of them.
  const piece = most & ~7;
  const shared = (overlap + 7) & ~7;

  const givePiece = (run: Run, { from, to, give }: Stretch, about: Pick<Reading, 'cutStart' | 'cutEnd'>): void => {
    const length = decodeSextets(run.digits, { from, to }, decoded);
    const at = run.places();
    const padded = to === run.count ? run.padded : 0;
    const place: Reading['place'] = (start, end) => ({
      start: at(from + Math.floor((start * 4) / 3)),
      end: padded > 0 && end === length ? padded : at(from + Math.ceil((end * 4) / 3) - 1) + 1,
    });
    const reading = { name: 'base64', bytes: decoded.subarray(0, length), place, ...about };
    give(run.lines ? { ...reading, lines: true, again: true } : reading);
  };

  return (run: Run, { from: first, to: end, give }: Stretch): void => {
    for (let from = first; ; from += piece - shared) {
      const to = Math.min(end, from + piece);
      const cutStart = from > first || (from < 4 && run.cutStart);
      givePiece(run, { from, to, give }, { cutStart, cutEnd: to < end || (to === run.count && run.cutEnd) });
      if (to === end) return;
    }
  };
};

/** What stands behind the last digit. */
const NO_DIGIT = 64;

/**
 * For two digits on end, seven bits each, a bit each: is it text that they begin a quad with, have in its middle, end it
 * with?
 */
const pairs = Uint8Array.from({ length: NO_DIGIT << 7 }, (_, pair) => {
  const [one, other] = [pair >> 7, pair & 127];
  if (other >= NO_DIGIT) return 0;
  const bytes = [(one << 2) | (other >> 4), ((one & 15) << 4) | (other >> 2), ((one & 3) << 6) | other];
  return bytes.reduce((bits, byte, place) => bits | ((textBytes[byte] ?? 0) << place), 0);
});
const pairOf = (one: number, other: number): number => pairs[(one << 7) | other] ?? 0;
/** Do these three pairs, one after the other, make a quad of text? */
const isText = (first: number, middle: number, last: number): number => first & (middle >> 1) & (last >> 2) & 1;

/** Parts of a run that decode to text, with a quad or two on either side: keys may begin or end inside of it. */
const createStretches = (sizes: Sizes) => {
  const giveDecoded = createDecoded(sizes);
  /** Of each alignment in a stretch, by its place in four quads: where that begins. */
  const since = new Int32Array(4);

  const close = (run: Run, { from: first, to, give }: Stretch): void => {
    // It begins an even number of bytes after the run does, so that UTF-16 keeps its order.
    const before = first >= 8 && ((first >> 2) & 1) === 0 ? 8 : 4;
    giveDecoded(run, { from: first >= before ? first - before : first & 3, to: Math.min(run.count, to + 4), give });
  };

  return (run: Run, give: (reading: Reading) => void): void => {
    const { digits, count } = run;
    // A bit for each quad, whether it is text: the last four are those of the four alignments. As a rule nothing begins or
    // ends: to ask once for all four costs less than all the rest.
    let [quads, open] = [0, 0];
    let [fourth, beforeLast, last] = [digits[0] ?? 0, 0, 0];
    for (let i = 1; i < count; i += 4) {
      const first = digits[i] ?? 0;
      const second = i + 1 < count ? (digits[i + 1] ?? 0) : NO_DIGIT;
      const third = i + 2 < count ? (digits[i + 2] ?? 0) : NO_DIGIT;
      const pair1 = pairOf(fourth, first);
      fourth = i + 3 < count ? (digits[i + 3] ?? 0) : NO_DIGIT;
      const pair2 = pairOf(first, second);
      const pair3 = pairOf(second, third);
      const pair4 = pairOf(third, fourth);
      const four =
        (isText(beforeLast, last, pair1) << 3) |
        (isText(last, pair1, pair2) << 2) |
        (isText(pair1, pair2, pair3) << 1) |
        isText(pair2, pair3, pair4);
      quads = (quads << 4) | four;
      beforeLast = pair3;
      last = pair4;
      const stretches = quads & (quads >> 4) & (quads >> 8) & (quads >> 12) & 15;
      if (stretches === open) continue;
      for (let quad = 0; quad < 4; quad += 1) {
        const bit = 8 >> quad;
        const at = i + quad - 3;
        if (stretches & ~open & bit) since[quad] = at + 4 - LEAST;
        else if (open & ~stretches & bit) close(run, { from: since[quad] ?? 0, to: at, give });
      }
      open = stretches;
    }
    for (let quad = 0; quad < 4; quad += 1) {
      const first = since[quad] ?? 0;
      if (open & (8 >> quad)) close(run, { from: first, to: first + ((count - first) & ~3), give });
    }
  };
};

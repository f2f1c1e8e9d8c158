import { type CreateDecode, type Reading, SHORTEST_KEY, type Sizes } from '../text.ts';
import { type Bytes, blockEnd, blockStart, hexDigits, NO_VALUE } from './bytes.ts';
import { createRun, type Run } from './run.ts';
import { textBytes } from './texts.ts';

/** Text written in hexadecimal digits without anything between them; over line ends where it is wrapped. */
export const createHex: CreateDecode = (sizes) => {
  const gather = createRun(sizes, hexDigits);
  const giveStretches = createStretches(sizes);
  return (text, at, give) => {
    const { bytes, end } = text;
    let next = at;
    for (;;) {
      const run = gather(text, next);
      if (run.count >= 2 * SHORTEST_KEY) {
        if (run.lines) for (const row of run.rows()) giveStretches(row, give);
        giveStretches(run, give);
      }
      if (run.stopped) return Math.max(at + 1, blockStart(run.to - sizes.overlap));
      const border = Math.min(blockEnd(Math.max(run.to, at + 1)), end);
      next = Math.max(run.to, next + 1);
      while (next < border && hexDigits[bytes[next] ?? 0] === NO_VALUE) next += 1;
      if (next >= border) return Math.max(at + 1, border);
    }
  };
};

/** Parts of a run that decode to text at one of the two alignments, with a byte on either side. */
const createStretches = ({ piece }: Sizes) => {
  const decoded = new Uint8Array(piece);

  const giveStretch = (run: Run, [from, to, give]: Stretch): void => {
    const { digits } = run;
    for (let i = from; i < to; i += 2) decoded[(i - from) >> 1] = pair(digits, i);
    const placed = run.places();
    const place: Reading['place'] = (start, end) => ({
      start: placed(from + 2 * start),
      end: placed(from + 2 * end - 1) + 1,
    });
    const cutStart = from < 2 && run.cutStart;
    const about = { name: 'hex', bytes: decoded.subarray(0, (to - from) >> 1), place, cutStart };
    const cutEnd = to + 1 >= run.count && run.cutEnd;
    give(run.lines ? { ...about, cutEnd, lines: true, again: true } : { ...about, cutEnd });
  };

  return (run: Run, give: (reading: Reading) => void): void => {
    const { digits, count } = run;
    for (const alignment of [0, 1]) {
      let since = alignment;
      for (let i = alignment; i < count; i += 2) {
        const goesOn = i + 1 < count && textBytes[pair(digits, i)] === 1;
        if (goesOn && i + 4 <= count) continue;
        const to = goesOn ? i + 2 : i;
        const whole = alignment + ((count - alignment) & ~1);
        if (to - since >= 2 * SHORTEST_KEY)
          giveStretch(run, [since - (since > 1 ? 2 : 0), Math.min(to + 2, whole), give]);
        since = i + 2;
      }
    }
  };
};
type Stretch = readonly [from: number, to: number, give: (reading: Reading) => void];

const pair = (digits: Bytes, at: number): number => ((digits[at] ?? 0) << 4) | (digits[at + 1] ?? 0);

import { type CreateDecode, type Reading, SHORTEST_KEY, type Sizes, type Text } from '../text.ts';
import { blockEnd, blockStart, byteAt } from './bytes.ts';
import { createNumbers, isHex, type Numbers } from './numbers.ts';
import { createPen, type Pen } from './pen.ts';
import { textBytes } from './texts.ts';

/** Bytes before a trigger in which its list may have begun. */
const BACK = 64;

/**
 * Text given by the numbers of its characters: `73 6b 5f`, `0x73, 0x6b`, hex dumps, `[115,107,95]`, `chr(115).chr(107)`.
 */
export const createCodes: CreateDecode = (sizes) => {
  const pen = createPen();
  return (text, at, give) => {
    const border = Math.min(blockEnd(at + 1), text.end);
    let from = Math.max(text.start, at - BACK);
    while (from < border) {
      const inside = from > text.start && isHex(byteAt(text, from - 1)) && isHex(byteAt(text, from));
      const numbers = inside ? undefined : createNumbers(text, from);
      if (!numbers) {
        from += 1;
        continue;
      }
      const to = readList(pen, text, { numbers, sizes, give });
      if (to - from >= sizes.piece) return Math.max(at + 1, blockStart(to - sizes.overlap));
      from = Math.max(to, from + 1);
    }
    return Math.max(at + 1, Math.min(blockEnd(from), text.end));
  };
};

interface List {
  readonly numbers: Numbers;
  readonly sizes: Sizes;
  readonly give: (reading: Reading) => void;
}

/** Reads numbers that stand for text, one after another; returns where they end. */
const readList = (pen: Pen, text: Text, { numbers, sizes, give }: List): number => {
  const { name, first, next } = numbers;
  let lines = false;
  let number = first;
  let to = first.start;
  pen.begin();
  while (number.value >= 0 && textBytes[number.value] === 1 && number.start - first.start < sizes.piece) {
    pen.put(number.value, number.start, number.end - number.start);
    to = number.end;
    number = next(number);
    lines ||= number.line;
  }
  if (pen.length() >= SHORTEST_KEY) {
    const stopped = number.start - first.start >= sizes.piece;
    const cutStart = text.cutStart && first.start <= text.start + 2;
    const cut = text.cutEnd && number.end >= text.end;
    const open = cut && /\s/.test(text.bytes.toString('latin1', to, text.end));
    give(pen.reading({ name, cutStart, cutEnd: stopped || cut, ...(lines && { lines }), ...(open && { open }) }));
  }
  return to;
};

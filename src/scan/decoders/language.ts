import type { Text } from '../text.ts';

const COLON = 0x3a;
const DOT = 0x2e;

/** A word of a language, all small but for the first letter, or all capitals. */
export const isWord = ({ bytes }: Text, from: number, to: number): boolean => {
  let small = 0;
  let capital = 0;
  for (let at = from; at < to; at += 1) {
    const one = bytes[at] ?? 0;
    if (one >= 0x61 && one <= 0x7a) small += 1;
    else if (one >= 0x41 && one <= 0x5a) capital += 1;
    else if (at + 1 < to || (one !== DOT && one !== COLON)) return false;
  }
  const first = bytes[from] ?? 0;
  return small === 0 || capital === 0 || (capital === 1 && first <= 0x5a);
};

import type { Text } from '../text.ts';
import { byteAt, endBytes, setOf } from './bytes.ts';
import { createWords, NONE, nothing } from './words.ts';

/** Characters that show nothing, from the first to the last of each row. */
const ranges: readonly (readonly [number, number])[] = [
  [0x00ad, 0x00ad], // soft hyphen
  [0x034f, 0x034f], // combining grapheme joiner
  [0x061c, 0x061c], // Arabic letter mark
  [0x115f, 0x1160], // fillers of Hangul
  [0x17b4, 0x17b5], // vowels of Khmer that show nothing
  [0x180b, 0x180f], // variation selectors of Mongolian
  [0x200b, 0x200f], // zero-width blank, joiners, marks of direction
  [0x202a, 0x202e], // directions
  [0x2060, 0x206f], // word joiner, invisible operators, isolates
  [0x3164, 0x3164], // filler of Hangul
  [0xfe00, 0xfe0f], // variation selectors
  [0xfeff, 0xfeff], // byte order mark
];

const isInvisible = (code: number): boolean => ranges.some(([first, last]) => code >= first && code <= last);

const tail = (text: Text, at: number): number => {
  const one = byteAt(text, at);
  return (one & 0xc0) === 0x80 && one > 0 ? one & 0x3f : Number.NaN;
};

/** Zero-width and other invisible characters inside of a key, in UTF-8. */
export const createInvisible = createWords({
  name: 'invisible',
  leads: setOf('\u00c2\u00cd\u00d8\u00e1\u00e2\u00e3\u00ef'),
  ends: endBytes,
  read(text, at) {
    const lead = byteAt(text, at);
    const second = tail(text, at + 1);
    if (lead < 0xe0) return isInvisible(((lead & 0x1f) << 6) + second) ? nothing(2) : NONE;
    return isInvisible(((lead & 0x0f) << 12) + second * 64 + tail(text, at + 2)) ? nothing(3) : NONE;
  },
});

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

const invisible = new Uint8Array(0x10000);
for (const [first, last] of ranges) invisible.fill(1, first, last + 1);

/** Does the character of this code show nothing? */
export const isInvisible = (code: number): boolean => invisible[code] === 1;

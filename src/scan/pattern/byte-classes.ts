/** Bytes that text has many of are classes of their own; the other controls are one, and what is beyond ASCII is one. */
const FIRST_SIGN = 0x20;
const SIGNS = 95;
const blanks = [0x09, 0x0a, 0x0d];

/** Number of classes of bytes that the statistics tell apart. */
export const CLASSES = SIGNS + blanks.length + 2;

/** The class of a byte. */
export const classOf = (byte: number): number => {
  if (byte >= FIRST_SIGN && byte < FIRST_SIGN + SIGNS) return byte - FIRST_SIGN;
  const blank = blanks.indexOf(byte);
  if (blank >= 0) return SIGNS + blank;
  return byte > 0x7f ? CLASSES - 1 : CLASSES - 2;
};

/** How many bytes are of a class. */
export const sizeOf = (byteClass: number): number => {
  if (byteClass < CLASSES - 2) return 1;
  return byteClass === CLASSES - 1 ? 128 : 128 - SIGNS - blanks.length;
};

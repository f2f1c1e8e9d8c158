import type { Bytes } from './bytes.ts';

const createTextBytes = (): Bytes => {
  const isText = new Uint8Array(256).fill(1, 0x20, 0x7f);
  for (const byte of [0, 0x09, 0x0a, 0x0d, 0x1b]) isText[byte] = 1;
  return isText;
};

/** Bytes of text: blanks, ASCII that prints, the escape of colours, and the zero of UTF-16. */
export const textBytes: Bytes = createTextBytes();

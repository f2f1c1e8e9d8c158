import { type Bytes, NO_VALUE } from './bytes.ts';

/** 6-bit value of each base64 character, of the standard and the URL-safe alphabet alike (RFC 4648, 4 and 5). */
const createSextets = (): Uint8Array => {
  const sextets = new Uint8Array(256).fill(NO_VALUE);
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
  for (const [value, letter] of [...letters, '+', '/'].entries()) sextets[letter.charCodeAt(0)] = value;
  sextets['-'.charCodeAt(0)] = 62;
  sextets['_'.charCodeAt(0)] = 63;
  return sextets;
};
export const sextetValues: Bytes = createSextets();

/** Decodes four characters to three bytes, and what is left over; returns how many bytes. */
export const decodeSextets = (
  sextets: Uint8Array,
  { from, to }: { readonly from: number; readonly to: number },
  into: Uint8Array,
): number => {
  let length = 0;
  let bits = 0;
  for (let i = from; i < to; i += 1) {
    bits = ((bits << 6) | (sextets[i] ?? 0)) & 0xffffff;
    const left = (i - from) & 3;
    if (left === 0) continue;
    into[length] = bits >> (6 - 2 * left);
    length += 1;
  }
  return length;
};

/** The first four bytes, as one number. */
export const headOf = (sextets: Uint8Array): number => {
  let head = 0;
  for (let i = 0; i < 5; i += 1) head = (head << 6) | (sextets[i] ?? 0);
  return ((head << 2) | ((sextets[5] ?? 0) >> 4)) >>> 0;
};

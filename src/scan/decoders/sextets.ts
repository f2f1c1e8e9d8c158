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
  let at = from;
  for (; at + 4 <= to; at += 4, length += 3) {
    const quad =
      ((sextets[at] ?? 0) << 18) |
      ((sextets[at + 1] ?? 0) << 12) |
      ((sextets[at + 2] ?? 0) << 6) |
      (sextets[at + 3] ?? 0);
    into[length] = quad >> 16;
    into[length + 1] = quad >> 8;
    into[length + 2] = quad;
  }
  let bits = 0;
  for (const first = at; at < to; at += 1) {
    bits = (bits << 6) | (sextets[at] ?? 0);
    if (at === first) continue;
    into[length] = bits >> (6 - 2 * (at - first));
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

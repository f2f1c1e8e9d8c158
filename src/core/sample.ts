import { createHash } from 'node:crypto';

const ALPHANUMERIC = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/**
 * Filler that looks random and is always the same for a seed, for example keys: made at run time, so that no file of
 * the repository holds a key-shaped literal.
 */
export const sample = (seed: string, length: number, alphabet: string = ALPHANUMERIC): string => {
  let text = '';
  for (let block = 0; text.length < length; block += 1) {
    for (const byte of createHash('sha256').update(`${seed}:${block}`).digest()) {
      if (byte < 256 - (256 % alphabet.length)) text += alphabet[byte % alphabet.length];
    }
  }
  return text.slice(0, length);
};

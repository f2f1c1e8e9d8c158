/** CRC-32 as of zip and PNG; bit by bit, for texts as short as keys are. */
const crc32 = (text: string): number => {
  let sum = ~0;
  for (const byte of Buffer.from(text, 'latin1')) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit += 1) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return ~sum >>> 0;
};

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/**
 * The checksum at the end of GitHub's and npm's tokens: CRC-32 of the body in base62, six digits
 * (https://github.blog/engineering/behind-githubs-new-authentication-token-formats/).
 */
export const base62Crc32 = (body: string): string => {
  let text = '';
  for (let rest = crc32(body); rest > 0; rest = Math.floor(rest / 62)) text = `${DIGITS[rest % 62]}${text}`;
  return text.padStart(6, '0');
};

/** Are the last six characters of a token the checksum of what stands between its prefix and them? */
export const endsInBase62Crc32 = (token: string, prefix: number): boolean =>
  token.slice(-6) === base62Crc32(token.slice(prefix, -6));

/** CRC-32 of a text as eight hexadecimal digits, most significant first. */
export const hexCrc32 = (text: string): string => crc32(text).toString(16).padStart(8, '0');

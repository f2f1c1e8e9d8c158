/** n·log2(n) for small n: a character's share of the entropy. */
const SHARES = Float64Array.from({ length: 513 }, (_, n) => (n === 0 ? 0 : n * Math.log2(n)));

const shareOf = (n: number): number => SHARES[n] ?? n * Math.log2(n);

/** How often each character stands in the text that is looked at: zeros between two calls. */
const counts = new Uint32Array(256);

/** Shannon entropy of a text of one byte a character, in bits per character; 0 for the empty text. */
export const bitsPerCharacter = (text: string): number => {
  if (text.length === 0) return 0;
  let shares = 0;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i) & 0xff;
    const count = counts[code] ?? 0;
    shares += shareOf(count + 1) - shareOf(count);
    counts[code] = count + 1;
  }
  for (let i = 0; i < text.length; i += 1) counts[text.charCodeAt(i) & 0xff] = 0;
  return Math.log2(text.length) - shares / text.length;
};

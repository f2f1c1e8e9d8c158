import type { Text } from '../text.ts';
import { byteAt, endBytes, setOf } from './bytes.ts';
import { isInvisible } from './unseen.ts';
import { createWords, NONE, nothing } from './words.ts';

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

import type { Text } from '../text.ts';
import { BLANK, byteAt } from './bytes.ts';

/** Of a time, a host, a process. */
const LONGEST = 120;

const isNumeric = (byte: number): boolean => byte === BLANK || (byte >= 0x30 && byte <= 0x39);

/**
 * Length of what two lines begin with alike, digits apart, up to a blank or a sign in the first column: time and
 * process of a log, line numbers, marks of a comment or a diff.
 */
export const afterFrame = (text: Text, line: number, next: number): number => {
  let frame = 0;
  for (let i = 0; i < LONGEST; i += 1) {
    const one = byteAt(text, line + i);
    const other = byteAt(text, next + i);
    if (one !== other && !(isNumeric(one) && isNumeric(other))) return frame;
    if (one < BLANK) return frame;
    if (other === BLANK && one === BLANK) frame = i + 1;
    if (i === 0 && (other === 0x2b || other === 0x2d || other === 0x3e)) frame = 1;
  }
  return frame;
};

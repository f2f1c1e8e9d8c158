import type { ByteSet } from '../pattern/anchor.ts';
import type { Grams, Masked } from './grams.ts';
import { bytesOf, offsetsOf, windowAt } from './sets.ts';

/** Windows of no more forms than this are as good as any. */
const FEW_FORMS = 256;

/** A window that an anchor may be looked for by. */
export interface Choice extends Masked {
  readonly offset: number;
}

/** Have the two a byte in common? */
const meets = (set: ByteSet, other: ByteSet): boolean => {
  for (let byte = 0; byte < 256; byte += 1) if (set[byte] === 1 && other[byte] === 1) return true;
  return false;
};

/** Remembers what is asked of a set: the same sets stand in many anchors. */
const remember = <T>(ask: (set: ByteSet) => T): ((set: ByteSet) => T) => {
  const known = new Map<ByteSet, T>();
  return (set) => {
    const answer = known.get(set) ?? ask(set);
    known.set(set, answer);
    return answer;
  };
};

/**
 * The windows of an anchor that may be used: those of few forms whose neighbours are not all of one byte (a flood of it
 * would be a flood of places), if there are such. First the one that lets least through.
 */
export const createChoices = (grams: Grams) => {
  const size = remember((set) => bytesOf(set).length);
  return (sets: readonly ByteSet[]): readonly Choice[] => {
    const firm = sets.map((set, at) => at === 0 || !meets(set, sets[at - 1] ?? set));
    const windows = offsetsOf(sets).map((offset) => {
      const window = windowAt(sets, offset);
      const forms = window.reduce((product, set) => product * size(set), 1);
      return {
        offset,
        window,
        forms,
        firm: firm.slice(Math.max(1, offset + 1), offset + window.length).includes(true),
      };
    });
    const usable = windows.some((one) => one.firm) ? windows.filter((one) => one.firm) : windows;
    const most = Math.max(FEW_FORMS, 4 * Math.min(...usable.map(({ forms }) => forms)));
    const best = usable.filter(({ forms }) => forms <= most);
    return best
      .map(({ offset, window }) => ({ offset, ...grams.maskedOf(window) }))
      .sort((one, other) => one.alone - other.alone);
  };
};

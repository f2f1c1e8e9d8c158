import { countAt, isBlank, isLineEnd, kindAt, UNSEEN } from './counts.ts';
import { NO_CLAIM, type Walk } from './walk.ts';

/** What becomes of a claim at its end. `split`: it may be true, so what is before must be read both with and without it. */
type Claimed = 'settled' | 'split' | 'unseen';

/** After so many claims that are true, none of them behind a blank, where a number may stand in any text, all messages have a count. */
const PROOF = 3;

/** `before`: the last bytes that were sent, at most so many. */
export const createClaims = (walk: Walk, before: (most: number) => Buffer) => {
  let proved = 0;
  let isSplit = false;

  const settle = (framing: Walk['framing']): Claimed => {
    walk.framing = framing;
    walk.claim = NO_CLAIM;
    isSplit = false;
    return 'settled';
  };
  return {
    /** To be asked where a walk stands at a claim; after `split`, and when more came after `unseen`, again. */
    ask(bytes: Buffer, at: number): Claimed {
      // No key ends behind a blank, or before the end of a line, which some senders put behind what they counted.
      if (isBlank(at > 0 ? bytes[at - 1] : before(1).at(-1)) || isLineEnd(bytes[at])) {
        walk.inLine = false;
        return settle('doubted');
      }
      const digits = countAt(bytes, at);
      if (digits === 0) return settle('lines');
      const isPacked = digits !== UNSEEN && kindAt(bytes, at + digits + 1) === 'packed';
      const isProof = digits !== UNSEEN && (isPacked || proved + 1 >= PROOF);
      if (!isProof && !isSplit) {
        isSplit = true;
        return 'split';
      }
      if (digits === UNSEEN) return 'unseen';
      proved += 1;
      walk.inLine = false;
      // What was split must not be changed: as a line it may be what it seems.
      return settle(isSplit ? 'doubted' : 'counted');
    },
  };
};

import type { Room } from './text.ts';

/**
 * Work that one byte of a text may cause, before what is left of it is only told of: bytes that a rule's pattern is tried
 * on in vain, and bytes that are decoded.
 */
const TRIED = 12;
const DECODED = 8;
/** The same for bytes that are unpacked, and for those in a small text: logs that repeat themselves are packed to a fortieth. */
const UNPACKED = 8;
const FREE_UNPACKED = 1 << 21;
/** Small texts may cause more: a key in four encodings is longer than what it stands in. */
const FREE = 1 << 16;
/** More trials for the first bytes that came: the name of a key can stand in every line, and its window is a few hundred bytes. */
const NAMED = { each: 120, most: 1 << 20 };
/** What a glance, a trial and a decoding cost beside their bytes. */
const GLANCE = 50;
const TRIAL = 50;
const DECODING = 256;
/** Trials in vain that one match which may be a key makes up for: where keys stand one beside the other, other rules are tried on them. */
const WORTH = 16;

/** Bounds the work that a text made to be slow can cause, rule by rule. */
export const createBudget = (rules: number) => {
  const trials = new Float64Array(rules);
  let decoded = 0;
  let unpacked = 0;
  let spent = false;
  const spend = (left: number): boolean => {
    if (left < 0) spent = true;
    return left >= 0;
  };
  return {
    begin(bytes: number): void {
      trials.fill(FREE + TRIED * bytes + Math.min(NAMED.each * bytes, NAMED.most));
      decoded = FREE + DECODED * bytes;
      unpacked = FREE_UNPACKED + UNPACKED * bytes;
      spent = false;
    },
    /** May the rule be tried once more? */
    mayTry: (rule: number): boolean => spend(trials[rule] ?? 0),
    /** The rule was tried on so many bytes. */
    tried(rule: number, bytes: number, fits: boolean): void {
      trials[rule] = (trials[rule] ?? 0) + (fits ? WORTH : -1) * (bytes + TRIAL);
    },
    /** The rule needed not be tried, only what is broken up was looked for. */
    untried(rule: number): void {
      trials[rule] = (trials[rule] ?? 0) - GLANCE;
    },
    /** May anything more be decoded? */
    mayRead: (): boolean => spend(decoded),
    /** May so many bytes more be decoded? */
    mayDecode(bytes: number): boolean {
      decoded -= bytes + DECODING;
      return spend(decoded);
    },
    room: {
      // Where it is too little, there must be some left for a part.
      most: () => (spend(unpacked - FREE) ? unpacked >> 1 : 0),
      take(bytes) {
        unpacked -= bytes + DECODING;
      },
      exceed(bytes) {
        unpacked -= bytes;
        spent = true;
      },
    } satisfies Room,
    get spent(): boolean {
      return spent;
    },
  };
};
export type Budget = ReturnType<typeof createBudget>;

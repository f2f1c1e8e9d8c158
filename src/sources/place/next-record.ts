const [QUOTE, COMMA, OPENS, CLOSES] = [0x22, 0x2c, 0x7b, 0x7d];
/** Brackets that are looked at: among so many a record begins, or none is told apart. */
const MOST_TRIES = 1_000;

/** Where the last byte before `at` stands that is no blank; below 0: there is none. */
export const lastBefore = (bytes: Buffer, at: number): number => {
  let before = at - 1;
  while (before >= 0 && (bytes[before] ?? 0) <= 0x20) before -= 1;
  return before;
};

/** Where the first byte from `at` on stands that is no blank. */
export const firstFrom = (bytes: Buffer, at: number): number => {
  let from = at;
  while (from < bytes.length && (bytes[from] ?? 0) <= 0x20) from += 1;
  return from;
};

/** Behind another object, with a comma, blanks or nothing between. In a text it cannot look so: a quote there is escaped. */
const isNext = (bytes: Buffer, open: number): boolean => {
  if (bytes[firstFrom(bytes, open + 1)] !== QUOTE) return false;
  const before = lastBefore(bytes, open);
  return bytes[bytes[before] === COMMA ? lastBefore(bytes, before) : before] === CLOSES;
};

type Step = (bytes: Buffer, from: number) => number;

const find = (bytes: Buffer, begin: number, step: Step): number => {
  let open = begin;
  for (let left = MOST_TRIES; open >= 0 && left > 0; left -= 1) {
    if (isNext(bytes, open)) return open;
    open = step(bytes, open);
  }
  return -1;
};

/** Where the last, or the first, object of JSON begins that stands behind another one; -1: none is known to. */
export const lastNext = (bytes: Buffer): number =>
  find(bytes, bytes.lastIndexOf(OPENS), (all, open) => (open > 0 ? all.lastIndexOf(OPENS, open - 1) : -1));
export const firstNext = (bytes: Buffer): number =>
  find(bytes, bytes.indexOf(OPENS), (all, open) => all.indexOf(OPENS, open + 1));

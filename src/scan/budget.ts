/** Bytes of work that one byte of a text may cause, before what is left of it is only told of. */
const CONFIRMED = 16;
const DECODED = 8;
/** Small texts may cause more: a key in four encodings is longer than what it stands in. */
const FREE = 1 << 16;

/** Bounds the work that a text made to be slow can cause: each kind of it in bytes. */
export const createBudget = () => {
  const left = { confirmed: 0, decoded: 0 };
  let spent = false;
  return {
    begin(bytes: number): void {
      left.confirmed = FREE + CONFIRMED * bytes;
      left.decoded = FREE + DECODED * bytes;
      spent = false;
    },
    /** May so many bytes more be worked on? */
    allows(kind: keyof typeof left, bytes: number): boolean {
      left[kind] -= bytes;
      if (left[kind] >= 0) return true;
      spent = true;
      return false;
    },
    get spent(): boolean {
      return spent;
    },
  };
};
export type Budget = ReturnType<typeof createBudget>;

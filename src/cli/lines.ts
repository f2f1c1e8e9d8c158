const WINDOW = 4 * 1024 * 1024;
const NEWLINE = 10;

/** Tells line and column (both from 1, columns in bytes) of recent offsets of a stream, in constant memory. */
export const createLines = () => {
  let seen = 0;
  let before = 0;
  let starts: number[] = [0];

  return {
    add(bytes: Uint8Array): void {
      for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, at + 1)) starts.push(seen + at + 1);
      seen += bytes.length;
      const kept = starts.findIndex((start) => start > seen - WINDOW) - 1;
      if (kept > 4096) {
        before += kept;
        starts = starts.slice(kept);
      }
    },
    /** Of an offset within the last 4 MiB. */
    at(offset: number): { line: number; column: number } {
      let [low, high] = [0, starts.length - 1];
      while (low < high) {
        const middle = Math.ceil((low + high) / 2);
        if ((starts[middle] ?? 0) <= offset) low = middle;
        else high = middle - 1;
      }
      return { line: before + low + 1, column: offset - (starts[low] ?? 0) + 1 };
    },
  };
};

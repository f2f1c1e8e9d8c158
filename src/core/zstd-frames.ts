/** Parts of a frame whose value says what comes next, and their lengths (bytes). */
const LENGTHS = { magic: 4, skippable: 4, descriptor: 1, block: 3 } as const;
type Part = keyof typeof LENGTHS;

const FRAME = 0xfd2fb528;
/** `0x184D2A50` to `5F`: bytes for somebody else. */
export const isSkippable = (magic: number): boolean => (magic & 0xfffffff0) >>> 0 === 0x184d2a50;

/** Length of the rest of a frame's header: window, dictionary id, content size. */
const headerRest = (descriptor: number): number => {
  const isSingle = (descriptor & 0x20) !== 0;
  const size = [isSingle ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
  return (isSingle ? 0 : 1) + ([0, 1, 2, 4][descriptor & 3] ?? 0) + size;
};

/**
 * Cuts bytes behind each frame of zstd (RFC 8878, 3.1), in whatever chunks they come, and copies none: Node's decoder
 * goes on with a next frame only where it begins a write; of what stands behind a frame in the same write it drops all
 * and says nothing. Bytes that are no zstd are not cut.
 */
export const createZstdCutter = (): ((chunk: Buffer) => readonly Buffer[]) => {
  let part: Part | 'other' = 'magic';
  let [value, length, toSkip, checksum] = [0, 0, 0, 0];

  /** What follows a part that is whole. */
  const turn = (): void => {
    if (part === 'magic') part = value === FRAME ? 'descriptor' : isSkippable(value) ? 'skippable' : 'other';
    else if (part === 'descriptor') [part, toSkip, checksum] = ['block', headerRest(value), value & 4];
    else if (part === 'skippable') [part, toSkip] = ['magic', value];
    else {
      const [isLast, kind, size] = [(value & 1) === 1, (value >> 1) & 3, value >> 3];
      toSkip = (kind === 1 ? 1 : size) + (isLast ? checksum : 0);
      if (isLast) part = 'magic';
    }
    [value, length] = [0, 0];
  };
  return (chunk) => {
    const cut: Buffer[] = [];
    let from = 0;
    for (let at = 0; at < chunk.length && part !== 'other'; ) {
      if (toSkip > 0) {
        const passed = Math.min(toSkip, chunk.length - at);
        at += passed;
        toSkip -= passed;
      } else {
        value += (chunk[at] ?? 0) * 2 ** (8 * length);
        at += 1;
        length += 1;
        if (length === LENGTHS[part]) turn();
      }
      if (part !== 'magic' || toSkip > 0 || length > 0) continue;
      cut.push(chunk.subarray(from, at));
      from = at;
    }
    if (from < chunk.length) cut.push(chunk.subarray(from));
    return cut;
  };
};

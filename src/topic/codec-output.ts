/** The batch cannot be unpacked: it is damaged, or larger than we take. Says no bytes of it. */
export class Unpackable extends Error {
  constructor(why: string) {
    super(why);
    this.name = 'Unpackable';
  }
}

/** What an LZ77 decoder writes to; everything throws `Unpackable` when the result would be longer than `most`. */
export interface Output {
  /** Adds `input` from one place up to another. */
  literal(input: Uint8Array, from: number, to: number): void;
  /** Adds `length` bytes again that stand `back` bytes before the end; they may reach into what is being added. */
  again(back: number, length: number): void;
  bytes(): Buffer;
}

const FIRST = 64 * 1024;

export const createOutput = (most: number, expected = FIRST): Output => {
  let bytes = Buffer.allocUnsafeSlow(Math.min(most, Math.max(expected, 1)));
  let size = 0;

  const makeRoom = (more: number): void => {
    if (size + more > most) throw new Unpackable(`longer than ${most} bytes`);
    if (size + more <= bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.min(most, Math.max(2 * bytes.length, size + more)));
    larger.set(bytes.subarray(0, size));
    bytes = larger;
  };

  return {
    literal(input, from, to) {
      if (to > input.length) throw new Unpackable('cut short');
      makeRoom(to - from);
      bytes.set(input.subarray(from, to), size);
      size += to - from;
    },
    again(back, length) {
      if (back < 1 || back > size) throw new Unpackable('refers to what is before its start');
      makeRoom(length);
      const end = size + length;
      if (back >= length) bytes.copyWithin(size, size - back, end - back);
      else for (let at = size; at < end; at += 1) bytes[at] = bytes[at - back] ?? 0;
      size = end;
    },
    bytes: () => bytes.subarray(0, size),
  };
};

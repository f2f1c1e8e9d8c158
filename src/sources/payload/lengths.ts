/** A string as its length tells it: where it begins and ends. `from` is -1 where no length stands. */
export interface Told {
  from: number;
  to: number;
}

/** Reads the length that stands at `at`; writes over `told`, so that nothing is made. */
export type ReadLength = (bytes: Buffer, at: number, told: Told) => void;

/** Bytes of the longest length. */
export const LONGEST_LENGTH = 4;

const tell = (told: Told, from: number, count: number): void => {
  told.from = from;
  told.to = from + count;
};

export const varint: ReadLength = (bytes, at, told) => {
  let value = 0;
  for (let width = 0; width < LONGEST_LENGTH; width += 1) {
    const byte = bytes[at + width] ?? 0x80;
    value += (byte & 0x7f) << (7 * width);
    if (byte < 0x80) return tell(told, at + width + 1, value);
  }
  tell(told, -1, 0);
};

/** As Avro writes lengths: doubled, for negative numbers stand between the others. */
export const zigzag: ReadLength = (bytes, at, told) => {
  varint(bytes, at, told);
  const count = told.to - told.from;
  if (count % 2 === 0) tell(told, told.from, count / 2);
  else tell(told, -1, 0);
};

export const bigEndian =
  (width: 1 | 2 | 4): ReadLength =>
  (bytes, at, told) => {
    if (at + width > bytes.length) tell(told, -1, 0);
    else tell(told, at + width, bytes.readUIntBE(at, width));
  };

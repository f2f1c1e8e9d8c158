/** Fields of protobuf's wire format: https://protobuf.dev/programming-guides/encoding/ */

/** A field: `from` to `to` is its content, without tag and length. `wire`: 0 varint, 1 eight bytes, 2 content, 5 four. */
export interface Field {
  number: number;
  wire: number;
  from: number;
  to: number;
}

/** Asked again and again for where the next field stands: nothing is made, `field` is written over. */
export interface Wire {
  readonly field: Field;
  /** Reads the field at `at`, in a message that ends at `end`. Where the next one is; -1: malformed. */
  next(at: number, end: number): number;
}

const LONGEST_VARINT = 10;
const HIGHEST_TAG = 0xffff_ffff;

export const createWire = (body: Uint8Array): Wire => {
  const field: Field = { number: 0, wire: 0, from: 0, to: 0 };
  /** The last varint; what is above 53 bits is not exact, but too long or too high all the same. */
  let value = 0;
  const long = (at: number, end: number): number => {
    value = 0;
    for (let count = 0, scale = 1; count < LONGEST_VARINT && at + count < end; count += 1, scale *= 128) {
      const byte = body[at + count] ?? 0;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return at + count + 1;
    }
    return -1;
  };
  /** Most are one or two bytes long: no fractions are reckoned with then, which would be slow. */
  const varint = (at: number, end: number): number => {
    if (at + 1 >= end) return long(at, end);
    const byte = body[at] ?? 0;
    value = byte & 0x7f;
    if (byte < 0x80) return at + 1;
    const next = body[at + 1] ?? 0;
    if (next >= 0x80) return long(at, end);
    value |= next << 7;
    return at + 2;
  };
  /** Where content ends that begins at `from`; its length was read last. */
  const endOfContent = (from: number, end: number): number => (from < 0 || value > end - from ? -1 : from + value);
  const endOfFixed = (width: number, from: number, end: number): number => (width > end - from ? -1 : from + width);

  return {
    field,
    next: (at, end) => {
      const tagged = varint(at, end);
      const wire = value & 7;
      field.number = value > HIGHEST_TAG ? 0 : value >>> 3;
      field.wire = wire;
      field.from = tagged;
      field.to = -1;
      if (tagged < 0 || field.number === 0) return -1;
      if (wire === 0) field.to = varint(tagged, end);
      else if (wire === 1) field.to = endOfFixed(8, tagged, end);
      else if (wire === 5) field.to = endOfFixed(4, tagged, end);
      else if (wire === 2) {
        field.from = varint(tagged, end);
        field.to = endOfContent(field.from, end);
      }
      return field.to;
    },
  };
};

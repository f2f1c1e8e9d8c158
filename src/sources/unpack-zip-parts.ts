import type { Intake } from './unpack-intake.ts';

/** A file in a zip, as the header before it says. */
export interface ZipFile {
  readonly name: string;
  readonly method: number;
  readonly encrypted: boolean;
  /** Packed bytes; undefined where only what is behind them says so. */
  readonly size: number | undefined;
}

/** Something in a zip that is no file's content. */
export interface ZipPart {
  readonly is: 'file' | 'entry' | 'end';
  /** As it stands, and the names and comments in it. */
  readonly texts: readonly Buffer[];
  /** What follows. */
  readonly file?: ZipFile;
}

interface Shape {
  readonly is: ZipPart['is'];
  readonly length: number;
  /** Where it says how long the texts behind it are. */
  readonly lengths: readonly number[];
}

/** By their first four bytes. https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, section 4.3 */
const shapes: ReadonlyMap<number, Shape> = new Map([
  [0x04034b50, { is: 'file', length: 30, lengths: [26, 28] }],
  [0x02014b50, { is: 'entry', length: 46, lengths: [28, 30, 32] }],
  [0x06064b50, { is: 'entry', length: 56, lengths: [] }],
  [0x07064b50, { is: 'entry', length: 20, lengths: [] }],
  [0x06054b50, { is: 'end', length: 22, lengths: [20] }],
]);
const DESCRIPTOR = 0x08074b50;
const [ENCRYPTED, STREAMED, UTF8] = [1, 8, 2048];
/** No method has a greater number; text that only begins like a zip has. */
const LAST_METHOD = 99;
const IN_EXTRA = 0xffffffff;
const NEWLINE = Buffer.from('\n');

/** Takes the next part; undefined, and nothing is taken, where there is none. */
export const takePart = async (from: Intake): Promise<ZipPart | undefined> => {
  const mark = await from.ahead(4);
  const shape = mark.length < 4 ? undefined : shapes.get(mark.readUInt32LE(0));
  if (!shape) return undefined;
  const head = await from.ahead(shape.length);
  if (head.length < shape.length) return undefined;
  if (shape.is === 'file' && head.readUInt16LE(8) > LAST_METHOD) return undefined;
  const lengths = shape.lengths.map((at) => head.readUInt16LE(at));
  const size = lengths.reduce((sum, length) => sum + length, shape.length);
  if ((await from.ahead(size)).length < size) return undefined;
  // A copy: a header would keep all that it was read with.
  const whole = Buffer.from(from.take(size));
  const fields: Buffer[] = [];
  for (let at = shape.length; fields.length < lengths.length; at += fields.at(-1)?.length ?? 0)
    fields.push(whole.subarray(at, at + (lengths[fields.length] ?? 0)));
  const texts = [whole, ...fields].flatMap((text) => [NEWLINE, text]);
  return { is: shape.is, texts: [...texts, NEWLINE], ...(shape.is === 'file' && { file: fileOf(whole, fields) }) };
};

const fileOf = (head: Buffer, [name, extra]: readonly Buffer[]): ZipFile => {
  const flags = head.readUInt16LE(6);
  const streamed = (flags & STREAMED) !== 0;
  return {
    name: name?.toString((flags & UTF8) === 0 ? 'latin1' : 'utf8') ?? '',
    method: head.readUInt16LE(8),
    encrypted: (flags & ENCRYPTED) !== 0,
    size: streamed ? undefined : sizeOf(head, extra ?? Buffer.alloc(0)),
  };
};

/** A large file's sizes are in the extra field of number 1: unpacked, packed. */
const sizeOf = (head: Buffer, extra: Buffer): number => {
  const size = head.readUInt32LE(18);
  if (size !== IN_EXTRA) return size;
  const skipped = head.readUInt32LE(22) === IN_EXTRA ? 8 : 0;
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2))
    if (extra.readUInt16LE(at) === 1 && at + 12 + skipped <= extra.length)
      return Number(extra.readBigUInt64LE(at + 4 + skipped));
  return size;
};

/** Takes what is said behind a file that was streamed: its checksum and its sizes, of four or eight bytes. */
export const takeDescriptor = async (from: Intake): Promise<void> => {
  const next = await from.ahead(28);
  const start = next.length >= 4 && next.readUInt32LE(0) === DESCRIPTOR ? 4 : 0;
  const length = [12, 20].find((size) => next.toString('latin1', start + size, start + size + 2) === 'PK');
  if (length !== undefined) from.take(start + length);
};

/** Takes what is before the next part that begins behind `least` bytes. */
export async function* takeUnknown(from: Intake, least: number): AsyncGenerator<Buffer> {
  for (let start = least; ; start = 0) {
    const next = await from.ahead(start + 4);
    if (next.length === 0) return;
    const at = markIn(next, start);
    // The last bytes may be the first of a mark.
    const size = at >= 0 ? at : next.length < start + 4 ? next.length : next.length - 3;
    if (size > 0) yield from.take(size);
    if (at >= 0) return;
  }
}

const markIn = (bytes: Buffer, start: number): number => {
  for (let at = bytes.indexOf('PK', start); at >= 0 && at + 4 <= bytes.length; at = bytes.indexOf('PK', at + 1)) {
    const mark = bytes.readUInt32LE(at);
    if (mark === DESCRIPTOR || shapes.has(mark)) return at;
  }
  return -1;
};

import type { Pack } from './pack.ts';

/** More members or bytes of a record tell nothing of its place. */
const MOST_VALUES = 2_048;
const MOST_BYTES = 256 * 1024;
const MOST_DEPTH = 8;

type Members = Record<string, unknown>;

/** What a value holds that can tell of a place: texts, numbers, members; a time (epoch ms) of an ext that is one. */
export const decodePack = (body: Buffer, pack: Pack, from: number): unknown => {
  const { head } = pack;
  let [values, bytes] = [MOST_VALUES, MOST_BYTES];
  /** Where the last value ended. */
  let end = from;
  const decode = (depth: number): unknown => {
    const at = end;
    values -= 1;
    if (values < 0 || depth > MOST_DEPTH || !pack.read(at)) {
      end = body.length;
      return undefined;
    }
    end = head.to;
    if (head.kind === 'map') return members(head.count / 2, depth);
    if (head.kind === 'array') return list(head.count, depth);
    if (head.kind === 'ext') return timeOfExt(body.subarray(head.from, head.to), head.type);
    return head.kind === 'scalar' ? numberOf(body, head) : text(head.from, head.to);
  };
  const text = (begin: number, to: number): string => {
    const read = Math.min(to - begin, bytes);
    bytes -= read;
    return body.toString('utf8', begin, begin + read);
  };
  const members = (count: number, depth: number): Members => {
    const all: Members = Object.create(null);
    for (let left = count; left > 0 && end < body.length; left -= 1) {
      const name = decode(depth + 1);
      const value = decode(depth + 1);
      if (typeof name === 'string') all[name] ??= value;
    }
    return all;
  };
  const list = (count: number, depth: number): readonly unknown[] => {
    const all: unknown[] = [];
    for (let left = count; left > 0 && end < body.length; left -= 1) all.push(decode(depth + 1));
    return all;
  };
  return decode(0);
};

interface Scalar {
  readonly type: number;
  readonly from: number;
  readonly to: number;
}

const numberOf = (body: Buffer, { type, from, to }: Scalar): number | undefined => {
  if (type < 0x80) return type;
  if (type === 0xca) return body.readFloatBE(from);
  if (type === 0xcb) return body.readDoubleBE(from);
  if (type === 0xcf || type === 0xd3) return Number(body.readBigUInt64BE(from));
  return type >= 0xcc && type <= 0xd2 ? body.readUIntBE(from, to - from) : undefined;
};

/**
 * Fluentd's EventTime (https://github.com/fluent/fluentd/wiki/Forward-Protocol-Specification-v1#eventtime-ext-format) is
 * type 0: seconds, nanoseconds. MessagePack's own time is type -1, in three lengths.
 */
const timeOfExt = (content: Buffer, type: number): number | undefined => {
  const ms = (seconds: number, nanos: number): number => seconds * 1_000 + Math.floor(nanos / 1_000_000);
  const { length } = content;
  if (type === 0 && length === 8) return ms(content.readUInt32BE(0), content.readUInt32BE(4));
  if (type !== -1) return undefined;
  if (length === 4) return ms(content.readUInt32BE(0), 0);
  if (length === 12) return ms(Number(content.readBigInt64BE(4)), content.readUInt32BE(0));
  if (length !== 8) return undefined;
  const both = content.readBigUInt64BE(0);
  return ms(Number(both & 0x3_ffff_ffffn), Number(both >> 34n));
};

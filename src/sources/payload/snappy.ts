import { uncompressSync } from 'snappy';

/**
 * Unpacks a block of Snappy (https://github.com/google/snappy/blob/main/format_description.txt), as Loki and Prometheus
 * send their bodies. Undefined: damaged, cut short, or longer unpacked than `most` bytes, which its head tells before
 * anything is reserved.
 */
export const unpackSnappy = (body: Buffer, most: number): Buffer | undefined => {
  const length = unpackedLength(body);
  if (length === undefined || length > most) return undefined;
  if (length === 0) return body.length === lengthOfHead(body) ? Buffer.alloc(0) : undefined;
  try {
    const unpacked = uncompressSync(body);
    return Buffer.isBuffer(unpacked) && unpacked.length === length ? unpacked : undefined;
  } catch {
    return undefined;
  }
};

const LONGEST_HEAD = 5;

/** How many bytes the length in front takes. */
const lengthOfHead = (body: Buffer): number => body.subarray(0, LONGEST_HEAD).findIndex((byte) => byte < 0x80) + 1;

/** As its head says; undefined: it has none. */
export const unpackedLength = (body: Buffer): number | undefined => {
  const head = body.subarray(0, lengthOfHead(body));
  return head.length === 0 ? undefined : head.reduceRight((length, byte) => length * 128 + (byte & 0x7f), 0);
};

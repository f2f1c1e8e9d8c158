import { isSkippable } from '../core/zstd-frames.ts';

/** Bytes from which the kind of an archive can be told. */
export const HEAD = 512;

export type ArchiveKind = 'gzip' | 'zstd' | 'zip' | 'tar';

/** What kind of archive begins with these bytes, whatever its name says. */
export const kindOf = (head: Buffer): ArchiveKind | undefined => {
  if (head.length < 4) return undefined;
  const magic = head.readUInt32LE(0);
  if ((magic & 0xffffff) === 0x088b1f) return 'gzip';
  // pzstd puts a frame in front that is to be passed over.
  if (magic === 0xfd2fb528 || isSkippable(magic)) return 'zstd';
  if (magic === 0x04034b50) return 'zip';
  return isTar(head) ? 'tar' : undefined;
};

/** By its mark and its checksum, so that a text about tar is none. */
const isTar = (head: Buffer): boolean => {
  if (head.length < HEAD || head.toString('latin1', 257, 262) !== 'ustar') return false;
  const block = Buffer.from(head.subarray(0, HEAD));
  const stored = Number.parseInt(block.toString('latin1', 148, 156), 8);
  block.fill(' ', 148, 156);
  return block.reduce((sum, byte) => sum + byte, 0) === stored;
};

import { constants, inflateSync } from 'node:zlib';
import { zlibHeads } from '../../core/zlib-head.ts';
import { kindOf } from '../unpack-kind.ts';
import { gunzip, inflate, inflateRaw, type Unpacking, unzstd } from '../unpacked.ts';

export interface Packing {
  unpack(): Unpacking;
  /** What undoing it holds in memory beside the chunks. */
  readonly holds: number;
}

/** RFC 9659: in HTTP no zstd frame needs more than 8 MiB to be read; a few hundred bytes may ask for all of that. */
const ZSTD_WINDOW_LOG = 23;
const zstd: Packing = {
  unpack: () => unzstd({ params: { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG } }),
  holds: 2 ** ZSTD_WINDOW_LOG,
};
const gzip: Packing = { unpack: gunzip, holds: 0 };
const zlib: Packing = { unpack: inflate, holds: 0 };
const raw: Packing = { unpack: inflateRaw, holds: 0 };

/** Deflate is zlib; old senders leave its head away, which no data without it begins as. */
const deflate = ([first = 0x78]: Buffer): Packing => ((first & 0x0f) === 8 ? zlib : raw);

const named: Readonly<Record<string, (start: Buffer) => Packing>> = {
  ...{ gzip: () => gzip, 'x-gzip': () => gzip, zstd: () => zstd },
  deflate,
};

export const isKnown = (encoding: string): boolean => encoding === '' || Object.hasOwn(named, encoding);

/** How that is undone which is named so, and begins so; undefined: there is nothing to undo. */
export const packingOf = (encoding: string, start: Buffer): Packing | undefined =>
  Object.hasOwn(named, encoding) ? named[encoding]?.(start) : packedAs(start);

/** Bytes that are needed to know a packing, where there are so many; and as many as make it sure. */
export const START = { least: 4, most: 64 } as const;

/** How that is packed which does not say so, by what it begins with; no text begins so, nor a log in any other format. */
const packedAs = (start: Buffer): Packing | undefined => {
  const kind = kindOf(start);
  if (kind === 'gzip' || kind === 'zstd') return { gzip, zstd }[kind];
  return isZlib(start) ? zlib : undefined;
};

/** Of zlib's heads the one that a text may begin with: `x^`. */
const X_CARET = 0x785e;

/** What begins so, and can be undone as far as it is here. */
const isZlib = (start: Buffer): boolean => {
  const head = start.length < 2 ? 0 : start.readUInt16BE();
  if (head === X_CARET || !zlibHeads.has(head)) return false;
  try {
    inflateSync(start, { finishFlush: constants.Z_SYNC_FLUSH });
    return true;
  } catch {
    return false;
  }
};

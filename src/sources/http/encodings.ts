import { constants } from 'node:zlib';
import { gunzip, inflate, type Unpacking, unzstd } from '../unpacked.ts';

/** RFC 9659: in HTTP no zstd frame needs more than 8 MiB to be read. */
const ZSTD_WINDOW_LOG = 23;

type Unpack = () => Unpacking;

const unpacks: Readonly<Record<string, Unpack>> = {
  gzip: gunzip,
  'x-gzip': gunzip,
  deflate: inflate,
  zstd: () => unzstd({ params: { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG } }),
};

/** How a content-encoding is undone: undefined when it is not known, `none` when there is nothing to undo. */
export const unpackOf = (encoding: string): Unpack | 'none' | undefined =>
  ['', 'identity'].includes(encoding) ? 'none' : Object.hasOwn(unpacks, encoding) ? unpacks[encoding] : undefined;

/** What undoing a content-encoding holds in memory beside the chunks: a few hundred bytes may ask for all of the window. */
export const heldBy = (encoding: string): number => (encoding === 'zstd' ? 2 ** ZSTD_WINDOW_LOG : 0);

const MAGIC = { gzip: Buffer.of(0x1f, 0x8b, 0x08), zstd: Buffer.of(0x28, 0xb5, 0x2f, 0xfd) };
export const MOST_MAGIC = 4;

/** What a body is packed as that says nothing, by what it begins with; no text begins so, nor a log in any other format. */
export const packedAs = (start: Buffer): string =>
  Object.entries(MAGIC).find(([, magic]) => start.subarray(0, magic.length).equals(magic))?.[0] ?? '';

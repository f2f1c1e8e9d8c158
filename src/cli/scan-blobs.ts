import type { Scanner } from '../scan/scan.ts';
import type { GitNeeds } from '../sources/git.ts';
import { type Blobs, createBlobs } from '../sources/git-blobs.ts';
import { archiveIn } from '../sources/unpack.ts';
import type { Guess } from '../sources/unpack-guess.ts';
import { advance, type LineMark, placeOf } from './lines.ts';
import type { ScanTells } from './scan-files.ts';
import { type Sighting, sighting } from './scan-finding.ts';
import type { PatchHit } from './scan-patch.ts';
import type { ScanSeed } from './scan-seed.ts';
import { createUnitScan } from './scan-unit.ts';

/** A file of a commit; without one, of the index. Without a blob, the commit's message. */
export interface InHistory {
  readonly path: string;
  readonly commit: string;
  readonly blob: string;
}

/** Is this key of this path still to be told? */
export type Wanted = (path: string, fingerprint: string) => boolean;

interface Needs {
  readonly seed: ScanSeed;
  readonly scanner: Scanner;
  readonly git: GitNeeds;
  readonly tells: ScanTells;
  readonly wanted: Wanted;
}

/** Looks into whole blobs: for the offset of what was found in a patch, and for what is in an archive. */
export const createBlobScan = ({ seed, scanner, git, tells, wanted }: Needs) => {
  const { scanStream } = createUnitScan({ ...seed, scanner });
  const waiting: (() => Promise<void>)[] = [];
  let open: Blobs | undefined;
  const read = async (blob: string) => {
    open ??= createBlobs(git);
    return open.read(blob);
  };
  const tell = ({ secret, ...seen }: Sighting, mark: LineMark, { commit }: InHistory): void => {
    const { file, offset, length, detector, fingerprint, preview, via } = seen;
    const finding = { file, offset, length, ...placeOf(mark, offset), detector, fingerprint, preview, via };
    const located = { ...finding, ...(commit !== '' && { commit }) };
    tells.found({ finding: located, ...(secret !== undefined && { secret }) });
  };
  const place = async ({ candidate, line, column }: PatchHit, at: InHistory): Promise<void> => {
    const offset = at.blob === '' ? candidate.offset : (await startOf(line, await read(at.blob))) + column - 1;
    const lineStart = offset - (column - 1);
    const seen = sighting({ ...candidate, offset }, { file: at.path, via: [], secrets: seed.secrets });
    tell(seen, { newlines: line - 1, lineStart }, at);
  };
  const unpack = async (at: InHistory, of: Guess): Promise<void> => {
    const whole = await read(at.blob);
    const bytes = whole && of === 'ask' ? await archiveIn(whole) : whole;
    if (!bytes) return;
    await scanStream(at.path, bytes, {
      unread: (file, why) => tells.unread(at.commit ? `${file}@${at.commit.slice(0, 12)}` : file, why),
      read: () => undefined,
      found(seen, mark) {
        if (wanted(seen.file, seen.fingerprint)) tell(seen, mark, at);
      },
    });
  };
  return {
    place: (hit: PatchHit, at: InHistory) => void waiting.push(() => place(hit, at)),
    unpack: (at: InHistory, of: Guess) => void waiting.push(() => unpack(at, of)),
    /** Deals with all that waits. */
    async settle(): Promise<void> {
      for (const next of waiting.splice(0)) await next();
    },
    close: () => open?.close(),
  };
};

export type BlobScan = ReturnType<typeof createBlobScan>;

/** The offset at which a line begins. Reads on to the end: the next blob is behind it. */
const startOf = async (line: number, bytes: AsyncIterable<Buffer> = nothing()): Promise<number> => {
  let mark: LineMark = { newlines: 0, lineStart: 0 };
  let start = 0;
  let base = 0;
  for await (const piece of bytes) {
    const after = advance(mark, base, piece);
    if (mark.newlines < line - 1 && after.newlines >= line - 1) start = base + nth(piece, line - 1 - mark.newlines);
    mark = after;
    base += piece.length;
  }
  return start;
};

/** Behind the nth newline. */
const nth = (bytes: Buffer, count: number): number => {
  let at = 0;
  for (let left = count; left > 0; left -= 1) at = bytes.indexOf(10, at) + 1;
  return at;
};

async function* nothing(): AsyncGenerator<Buffer> {}

import { parse } from 'node:path';
import { type FileCursor, type FileId, isSame } from './cursors.ts';
import { continues, lookAt, type OpenFile, openFile } from './open.ts';
import type { PackedFile } from './packed.ts';
import type { Siblings } from './siblings.ts';

interface Plain {
  readonly kind: 'plain';
  readonly place: string;
  readonly file: OpenFile;
}

/** The code of what is nowhere. */
export const GONE = 'ENOENT';

/** Where the rest of a file stands: in a file, or in a packed copy of it. */
export type Rest =
  | Plain
  | { readonly kind: 'packed'; readonly place: string; readonly id: FileId; readonly writtenAt: bigint };

/** Finds where the rest of a file went that is no longer at its place: in itself under another name, or in a copy. */
export const findRest = async (cursor: FileCursor, siblings: Siblings): Promise<Rest | undefined> =>
  (await findItself(cursor, siblings)) ?? (await findCopy(cursor, siblings));

/** In the same directory, by its number, whatever it is called. Rejects as `fs` does when it is there, but cannot be read. */
export const findItself = async (cursor: FileCursor, siblings: Siblings): Promise<Plain | undefined> => {
  for (const isLast of [false, true]) {
    const place = await siblings.placeOf(cursor);
    if (place === undefined) return undefined;
    const file = await openFile(place);
    const isThere = file !== undefined && isSame(file.id, cursor);
    if (isThere && (await goesOn(file, cursor))) return { kind: 'plain', place, file };
    if (!isThere) await file?.handle.close();
    if (isThere || isLast) return undefined;
    siblings.renew(); // It was renamed since.
  }
  return undefined;
};

/**
 * Copied away (copytruncate) or packed since (`app.log.1.gz`), in the same directory and under a name that begins alike, the
 * likeliest first. In this order, for what is being packed still stands beside its copy. It is known by its beginning alone,
 * so that needs one.
 */
export const findCopy = async (cursor: FileCursor, siblings: Siblings): Promise<Rest | undefined> => {
  if (cursor.headLength === 0) return undefined;
  const { base, name: stem } = parse(cursor.place);
  const names = [base, stem];
  for (const name of names) {
    for (const place of await siblings.beginningAs(cursor, { name, packed: false })) {
      const file = await openFile(place).catch(() => undefined);
      if (file && (await goesOn(file, cursor))) return { kind: 'plain', place, file };
    }
  }
  for (const name of names) {
    for (const place of await siblings.beginningAs(cursor, { name, packed: true })) {
      const look = await lookAt(place).catch(() => undefined);
      if (look) return { kind: 'packed', place, ...look };
    }
  }
  return undefined;
};

/** Opens a packed file, which stood at `place`, whatever it is called now. Rejects as `fs` does; with `ENOENT` when it is gone. */
export const openPacked = async (cursor: FileCursor, place: string, siblings: Siblings): Promise<PackedFile> => {
  const byNumber = () => siblings.placeOf(cursor, true);
  const anew = () => {
    siblings.renew();
    return byNumber();
  };
  for (const find of [() => place, byNumber, anew]) {
    const now = await find();
    const file = now === undefined ? undefined : await openFile(now);
    if (now !== undefined && file && isSame(file.id, cursor)) return { place: now, handle: file.handle };
    await file?.handle.close();
  }
  throw Object.assign(new Error('it is gone'), { code: GONE });
};

/** Closes it, if not. */
const goesOn = async (file: OpenFile, cursor: FileCursor): Promise<boolean> => {
  let is = false;
  try {
    is = await continues(file, cursor);
    return is;
  } finally {
    if (!is) await file.handle.close();
  }
};

import { existsSync } from 'node:fs';
import { opendir, realpath } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Crew, isOfFile, join, save, sayLost, unlessStopping } from './crew.ts';
import { contentOf, type FileCursor, hashOf, isSame, nameOf } from './cursors.ts';
import type { List } from './generations.ts';
import { continues, HEAD, type Look, type OpenFile, openFile, readAt } from './open.ts';
import { followPacked } from './packed.ts';
import { findCopy, findRest, openPacked, type Rest } from './rest.ts';
import { type Beginning, findYounger, type Gap } from './younger.ts';

/** What is left of a file; undefined when it cannot be found. */
type Left = Pick<Look, 'writtenAt'> | undefined;

/** Follows what is left of a file that is no longer where it was. */
export const joinRest = async (crew: Crew, cursor: FileCursor, siblings = crew.siblings): Promise<Left> =>
  await addRest(crew, await findRest(cursor, siblings), cursor);

/** The same of one that was emptied where it stands. */
export const joinCopy = async (crew: Crew, cursor: FileCursor): Promise<Left> =>
  await addRest(crew, await findCopy(cursor, crew.siblings), cursor);

const addRest = async (crew: Crew, rest: Rest | undefined, cursor: FileCursor): Promise<Left> => {
  if (rest) await addNew(crew, rest, cursor);
  return rest?.kind === 'plain' ? rest.file : rest;
};

/** Follows what is left of a file that was followed before we started, wherever that is. What may not be read is kept. */
export const joinLost = async (crew: Crew, row: FileCursor): Promise<Left> => {
  crew.barred.delete(nameOf(row));
  try {
    const left = (await joinLeft(crew, row)) ?? (await joinRest(crew, row));
    if (!left) await unlessHidden(row.place);
    return left;
  } catch (error) {
    if (!isOfFile(error)) throw error;
    const { path = row.place } = error;
    const isNamed = (await realpath(row.path).catch(() => undefined)) === path;
    const told = isNamed ? row.path : path;
    crew.barred.set(nameOf(row), { cursor: row, told });
    crew.needs.troubled(told, error);
    return row;
  }
};

/** Rejects where we may not see whether it stands there. */
const unlessHidden = async (place: string): Promise<void> => {
  const dir = await opendir(dirname(place)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EACCES') throw error;
  });
  await dir?.close();
};

/** Tries those again that could not be read. */
export const joinBarred = async (crew: Crew): Promise<void> => {
  const all = [...crew.barred.values()];
  if (all.length === 0) return;
  for (const { cursor, told } of all) {
    unlessStopping(crew);
    // If nothing stands there any more, who was told that it could not be read says that it is gone.
    if (!(await joinLost(crew, cursor)) && existsSync(told)) sayLost(crew, cursor.path, 'gone');
  }
  await save(crew, { drop: all.flatMap(({ cursor }) => (crew.barred.has(nameOf(cursor)) ? [] : [cursor])) });
};

/** Follows one that had left its name before, if it is where it was. */
const joinLeft = async (crew: Crew, row: FileCursor): Promise<Left> => {
  const file = await openFile(row.place).catch(() => undefined);
  if (!file) return undefined;
  const isIt = isSame(file.id, row) && (await continues(file, row));
  if (isIt) await join(crew, file, { ...row, left: true });
  else await file.handle.close();
  return isIt ? file : undefined;
};

/** Follows what came to a place and went again unseen. */
export const joinYounger = async (crew: Crew, gap: Gap, list: List): Promise<void> => {
  const known = {
    hasFile: (file: OpenFile) => isKnown(crew, file),
    hasPacked: (cursor: FileCursor) => isKnownPacked(crew, cursor),
    beginnings: await beginningsOf(crew, gap),
  };
  for await (const { rest, cursor } of findYounger(gap, { known, list })) {
    await addNew(crew, rest, { ...cursor, ...(await startOfRest(crew, rest, cursor)) });
    unlessStopping(crew);
  }
};

const beginningsOf = async ({ files, resting }: Crew, { path, was }: Gap): Promise<readonly Beginning[]> => {
  const rested = [...resting.values()].map(({ cursor }) => cursor).filter((one) => one.path === path);
  const file = files.get(nameOf(was))?.file;
  const begin = await file?.beginning();
  return file && begin ? [...rested, { head: hashOf(begin), headLength: begin.length, at: file.durable() }] : rested;
};

/** Whether it is followed. The number of one that is closed may be another file's by now. */
const isKnown = async ({ files, resting, barred }: Crew, file: OpenFile): Promise<boolean> => {
  const followed = files.get(nameOf(file.id))?.file;
  if (followed?.isOpen()) return true;
  const cursor = followed?.cursor() ?? resting.get(nameOf(file.id))?.cursor ?? barred.get(nameOf(file.id))?.cursor;
  return cursor !== undefined && (await continues(file, cursor));
};

/** Where one goes on, and what is held back of what stands before. */
export type Start = Pick<FileCursor, 'at' | 'held'>;

/** A copy of a file that was read is read on where that was: copytruncate makes one. */
export const startOf = async (crew: Crew, file: OpenFile, from: Start): Promise<Start> => {
  const begin = await readAt(file.handle, 0, HEAD);
  for (const { file: known } of crew.files.values()) {
    unlessStopping(crew);
    // Asked of every file that is followed, so most must be told apart without waiting.
    const read = known.durable();
    if (read > 0 && read <= file.size && (await known.isCopiedTo(file, begin)))
      return { at: read, held: known.cursor().held };
  }
  return from;
};

const addNew = async (crew: Crew, rest: Rest, cursor: FileCursor): Promise<void> => {
  if (rest.kind === 'packed') addPacked(crew, rest, cursor);
  else if (await isKnown(crew, rest.file)) await rest.file.handle.close();
  else {
    crew.resting.delete(nameOf(rest.file.id)); // Its number is used again.
    await join(crew, rest.file, { ...cursor, place: rest.place, left: true });
  }
};

const startOfRest = async (crew: Crew, rest: Rest, { at, held }: FileCursor): Promise<Start> => {
  if (rest.kind === 'packed') return { at, held };
  try {
    return await startOf(crew, rest.file, { at, held });
  } catch (error) {
    await rest.file.handle.close();
    throw error;
  }
};

const isKnownPacked = ({ packed, unpacked }: Crew, cursor: FileCursor): boolean =>
  packed.has(nameOf(cursor)) || unpacked.has(contentOf(cursor));

const addPacked = (crew: Crew, { place, id, writtenAt }: Rest & { kind: 'packed' }, from: FileCursor): void => {
  const cursor = { ...from, ...id, writtenAt };
  if (isKnownPacked(crew, cursor)) return;
  const open = () => openPacked(cursor, place, crew.siblings);
  const packed = followPacked({ open, cursor }, crew.needs.follow);
  crew.packed.set(nameOf(id), packed);
  crew.due.add(nameOf(id));
  crew.changed.add(packed);
};

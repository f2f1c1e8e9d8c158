import { type FileCursor, type FileId, hashOf, NONE } from './cursors.ts';
import { generationsOf, type List } from './generations.ts';
import { HEAD, lookAt, type OpenFile, openFile, readAt } from './open.ts';
import { beginningOf, isPacked } from './packing.ts';
import type { Rest } from './rest.ts';

/** A generation of a log that nobody saw, from its start. */
export interface Unseen {
  readonly rest: Rest;
  readonly cursor: FileCursor;
}

/** Where a log stands, since when what came and went there is not known (ns since 1970), and what stood there then. */
export interface Gap {
  readonly path: string;
  readonly place: string;
  readonly since: bigint;
  readonly was: FileId;
}

/** How a file begins, and how far it was read. */
export type Beginning = Pick<FileCursor, 'head' | 'headLength' | 'at'>;

/** What is followed, or was. */
export interface Known {
  hasFile(file: OpenFile): Promise<boolean>;
  hasPacked(cursor: FileCursor): boolean;
  /** How those begin that may have been packed meanwhile. */
  readonly beginnings: readonly Beginning[];
}

interface YoungerNeeds {
  readonly known: Known;
  readonly list: List;
}

/**
 * The files that took a place and left it again while nobody looked: named as generations of what stands there, and written
 * to since. Packing keeps that time.
 */
export async function* findYounger(gap: Gap, { known, list }: YoungerNeeds): AsyncGenerator<Unseen> {
  const places = await generationsOf(gap.place, list);
  const beginnings = [...known.beginnings];
  for (const place of places.filter((one) => !isPacked(one))) {
    const one = await plainOf(place, gap, known);
    if (!one) continue;
    beginnings.push(one.cursor);
    yield one;
  }
  // Last, for what is being packed still stands beside its copy.
  for (const place of places.filter(isPacked)) {
    const one = await packedOf(place, gap);
    if (!one || known.hasPacked(one.cursor) || beginnings.some((other) => isCopy(one.cursor, other))) continue;
    yield { ...one, cursor: { ...one.cursor, at: readBefore(one.begin, beginnings) } };
  }
}

const isYoung = async (place: string, { since }: Gap): Promise<boolean> => {
  const look = await lookAt(place).catch(() => undefined);
  return look !== undefined && look.writtenAt > since;
};

const plainOf = async (place: string, gap: Gap, known: Known): Promise<Unseen | undefined> => {
  if (!(await isYoung(place, gap))) return undefined;
  const file = await openFile(place).catch(() => undefined);
  if (!file) return undefined;
  if (await known.hasFile(file)) {
    await file.handle.close();
    return undefined;
  }
  const begin = await readAt(file.handle, 0, HEAD);
  return { rest: { kind: 'plain', place, file }, cursor: cursorOf({ ...file, place, path: gap.path }, begin) };
};

type PackedUnseen = Unseen & { readonly begin: Buffer };

const packedOf = async (place: string, gap: Gap): Promise<PackedUnseen | undefined> => {
  const look = (await isYoung(place, gap)) ? await lookAt(place).catch(() => undefined) : undefined;
  if (!look) return undefined;
  const { begin, isWhole } = await beginningOf(place, HEAD);
  if (!isWhole) return undefined;
  const cursor = cursorOf({ ...look, path: gap.path, place: gap.place }, begin);
  return { rest: { kind: 'packed', place, ...look }, cursor, begin };
};

type Found = Pick<OpenFile, 'id' | 'writtenAt'> & { readonly path: string; readonly place: string };

const cursorOf = ({ id, path, place, writtenAt }: Found, begin: Buffer): FileCursor => {
  const head = { head: hashOf(begin), headLength: begin.length };
  return { ...id, path, place, at: 0, ...head, tail: '', writtenAt, rests: false, held: NONE };
};

/** Of the same length, too: short ones often begin as longer ones do. */
const isCopy = (one: Beginning, other: Beginning): boolean =>
  one.headLength === other.headLength && one.head === other.head;

/** So much of it was read in another file, if that was read no further than its beginning is known. */
const readBefore = (begin: Buffer, beginnings: readonly Beginning[]): number => {
  const isIt = ({ head, headLength, at }: Beginning): boolean =>
    at <= headLength && hashOf(begin.subarray(0, headLength)) === head;
  return Math.max(0, ...beginnings.filter(isIt).map(({ at }) => at));
};

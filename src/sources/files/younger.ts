import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type FileCursor, hashOf } from './cursors.ts';
import { HEAD, lookAt, openFile } from './open.ts';
import { beginningOf, findRest, isPacked, type Rest } from './rest.ts';

/** A generation of a log that nobody saw, from its start. */
export interface Unseen {
  readonly rest: Rest;
  readonly cursor: FileCursor;
}

/** `.1`, `.2.gz`, `-20261128`, `.20261128-101010.zst`: what is put behind the name of a log that is rotated. */
const GENERATION = /^[.-]\d[\d.-]*(?:\.(?:gz|zst))?$/;

/**
 * The files that took this one's place and left it again while nobody looked: named as its generations are, and written to
 * after it was. Packing keeps that time. Rejects with `GivenUp` when `stop` fires.
 */
export const findYounger = async (cursor: FileCursor, stop: AbortSignal): Promise<readonly Unseen[]> => {
  const rest = await findRest(cursor, stop);
  const since = rest?.kind === 'plain' ? rest.file.writtenAt : rest?.writtenAt;
  if (rest?.kind === 'plain') await rest.file.handle.close();
  if (since === undefined) return [];
  const [dir, name] = [dirname(cursor.place), basename(cursor.path)];
  const others = (await readdir(dir).catch((): string[] => [])).filter(
    (other) => other.startsWith(name) && GENERATION.test(other.slice(name.length)),
  );
  const found = others.map((other) => unseen(join(dir, other), since, cursor));
  return (await Promise.all(found)).filter((one) => one !== undefined);
};

const unseen = async (place: string, since: bigint, { path }: FileCursor): Promise<Unseen | undefined> => {
  const look = await lookAt(place).catch(() => undefined);
  if (!look || look.writtenAt <= since) return undefined;
  const from = { path, ...look.id, at: 0, tail: '', writtenAt: look.writtenAt, rests: false };
  if (isPacked(place)) {
    const begin = await beginningOf(place, HEAD);
    if (!begin) return undefined;
    const cursor = { ...from, place: path, head: hashOf(begin), headLength: begin.length };
    return { rest: { kind: 'packed', place, ...look }, cursor };
  }
  const file = await openFile(place).catch(() => undefined);
  return file && { rest: { kind: 'plain', place, file }, cursor: { ...from, place, head: '', headLength: 0 } };
};

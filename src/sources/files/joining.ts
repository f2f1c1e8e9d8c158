import { matchesGlob } from 'node:path';
import { GivenUp } from '../waiting.ts';
import { type Crew, join, joinRest, joinYounger, type Member, save, sayLost } from './crew.ts';
import { type FileCursor, isSame, nameOf } from './cursors.ts';
import type { Lookup, Standing } from './lookup.ts';
import { continues, type OpenFile, openFile } from './open.ts';

/** Longer than a rotation takes. */
const ROTATION_MS = 300;

interface ResumeFrom {
  readonly patterns: readonly string[];
  readonly fromStart: boolean;
}

/**
 * The first look: goes on with what was followed before, wherever it went. What a pattern finds that was looked up before
 * came meanwhile, and is read whole; what one finds at first sight is read from its end, or its start.
 */
export const resume = async (crew: Crew, found: Lookup, { patterns, fromStart }: ResumeFrom): Promise<void> => {
  const { cursors } = crew.needs;
  const seen = cursors.seen();
  const rows = new Map(cursors.all().map((row) => [nameOf(row), row]));
  for (const one of found.files) {
    const row = rows.get(nameOf(one.id));
    if (row && (await goOn(crew, one, row))) rows.delete(nameOf(row));
  }
  const lost = [...rows.values()].filter(({ path }) => patterns.some((one) => path === one || matchesGlob(path, one)));
  const gone = await withoutRest(crew, lost);
  // A rotation that is under way renames them one after the other: a name that was read may be another file's by now.
  if (gone.length > 0) await crew.needs.follow.clock.sleep(ROTATION_MS, crew.needs.follow.stop);
  for (const { path } of await withoutRest(crew, gone)) sayLost(crew, path, 'gone');
  for (const row of lost) await joinYounger(crew, row);
  for (const one of found.files) {
    const atEnd = !fromStart && !seen.has(one.pattern);
    await stand(crew, one, { at: atEnd ? one.size : 0, told: atEnd });
  }
  await save(crew, { drop: lost, seen: patterns });
};

/** Those of them whose rest is nowhere; the others are followed. */
const withoutRest = async (crew: Crew, rows: readonly FileCursor[]): Promise<readonly FileCursor[]> => {
  const gone: FileCursor[] = [];
  for (const row of rows) {
    unlessStopping(crew);
    if (!(await joinLeft(crew, row)) && !(await joinRest(crew, row))) gone.push(row);
  }
  return gone;
};

/** One that had left its name before: it is where it was. */
const joinLeft = async (crew: Crew, row: FileCursor): Promise<boolean> => {
  const file = await openFile(row.place).catch(() => undefined);
  if (!file) return false;
  const isIt = isSame(file.id, row) && (await continues(file, row));
  if (isIt) await join(crew, file, { ...row, left: true });
  else await file.handle.close();
  return isIt;
};

const unlessStopping = ({ needs }: Crew): void => {
  if (needs.follow.stop.aborted) throw new GivenUp();
};

const goOn = async (crew: Crew, one: Standing, row: FileCursor): Promise<boolean> => {
  const file = await openStanding(crew, one);
  if (!file) return false;
  if (await continues(file, row)) {
    const member = await join(crew, file, { ...one, at: row.at });
    member.stamp = one.stamp;
    return true;
  }
  await file.handle.close();
  return false;
};

/** Undefined when it is gone again, or is another now: the next look tells. */
const openStanding = async (crew: Crew, { path, place, id }: Standing): Promise<OpenFile | undefined> => {
  unlessStopping(crew);
  try {
    const file = await openFile(place);
    if (file && nameOf(file.id) === nameOf(id)) return file;
    await file?.handle.close();
  } catch (error) {
    crew.needs.troubled(path, error);
  }
  return undefined;
};

/** Follows what stands there, if it is not followed, and knows it by the name it has now. */
const stand = async (crew: Crew, one: Standing, from: { at: number; told?: boolean }): Promise<void> => {
  const name = nameOf(one.id);
  crew.places.set(one.place, name);
  const known = crew.files.get(name);
  if (known) return meet(crew, known, one);
  const file = await openStanding(crew, one);
  if (!file) return;
  const at = from.told ? file.size : await startOf(crew, file, from.at);
  const member = await join(crew, file, { ...one, ...from, at });
  member.stamp = one.stamp;
};

const meet = (crew: Crew, known: Member, one: Standing): void => {
  known.file.call(one);
  known.leftAt = undefined;
  if (known.stamp !== one.stamp) {
    known.isWritten = true;
    crew.due.add(nameOf(one.id));
  }
  known.stamp = one.stamp;
};

/** A copy of a file that was read is read on where that was: copytruncate makes one. */
const startOf = async (crew: Crew, file: OpenFile, at: number): Promise<number> => {
  for (const { file: known } of crew.files.values()) {
    unlessStopping(crew);
    // Asked of every file that is followed, so most must be told apart without waiting.
    const read = known.durable();
    if (read > 0 && read <= file.size && (await known.isCopiedTo(file))) return read;
  }
  return at;
};

/** Every later look: what is new is read whole, and what is no longer there is read to its end. */
export const meetAll = async (crew: Crew, found: Lookup): Promise<void> => {
  const before = crew.files.size;
  crew.places.clear();
  const standing = new Set<string>();
  for (const one of found.files) {
    standing.add(nameOf(one.id));
    await stand(crew, one, { at: 0 });
  }
  for (const [name, member] of crew.files) {
    if (standing.has(name) || member.leftAt !== undefined) continue;
    member.leftAt = crew.needs.follow.clock.monotonic();
    crew.due.add(name);
    crew.restless.add(name);
  }
  if (crew.files.size !== before) await save(crew);
};

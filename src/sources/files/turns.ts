import { type Crew, isOfFile, keepOpen, leave, type Member, part, save, sayLost } from './crew.ts';
import { contentOf, nameOf } from './cursors.ts';
import { joinCopy, joinRest, joinYounger } from './finding.ts';
import { lookAt } from './open.ts';
import type { PackedRest } from './packed.ts';
import { findItself, GONE } from './rest.ts';
import { lookAtResting, rest } from './resting.ts';

/** Deleted ones of which so many are open, at most. */
const MOST_HELD = 64;
/** So many are known again when they are met in another search. */
const MOST_UNPACKED = 1_000;

/**
 * Gives the next of those that have something to read its turn; false when there is none left. Rejects as `emit` does:
 * then that one comes again when the others had their turn, for it may be its text that nobody takes.
 */
export const nextTurn = async (crew: Crew): Promise<boolean> => {
  const [name] = crew.due;
  if (name === undefined) return false;
  const member = crew.files.get(name);
  const packed = crew.packed.get(name);
  let more = true;
  try {
    if (member) more = await fileTurn(crew, member);
    else if (packed) more = await packedTurn(crew, name, packed);
    else more = await restingTurn(crew, name);
  } finally {
    crew.due.delete(name);
    if (more) crew.due.add(name); // Behind the others.
  }
  return crew.due.size > 0;
};

/** Those that left, or whose last line has no end, are looked at without being told to. */
export const lookAgain = ({ restless, due }: Crew): void => {
  for (const name of restless) due.add(name);
};

/** The system says that these were written to. */
export const wrote = ({ places, files, resting, due }: Crew, written: readonly string[]): void => {
  for (const place of written) {
    const name = places.get(place);
    if (name === undefined) continue;
    const member = files.get(name);
    if (member) member.isWritten = true;
    if (member || resting.has(name)) due.add(name);
  }
};

/** True when it is followed again. */
const restingTurn = async (crew: Crew, name: string): Promise<boolean> => {
  await lookAtResting(crew, [name]);
  return crew.files.has(name);
};

const fileTurn = async (crew: Crew, member: Member): Promise<boolean> => {
  const { file } = member;
  try {
    if (!(await file.open())) return await seek(crew, member);
    await keepOpen(crew, member);
    return await readOne(crew, member);
  } catch (error) {
    if (!isOfFile(error)) {
      await file.again();
      throw error;
    }
    crew.needs.troubled(file.cursor().path, error);
    member.stamp = ''; // The next look gives it a turn again.
    return false;
  }
};

const readOne = async (crew: Crew, member: Member): Promise<boolean> => {
  const { file } = member;
  const { needs, restless } = crew;
  if (member.emptied) await replaced(crew, member, member.emptied);
  else if (await file.isReplaced()) {
    member.emptied = { since: file.cursor().writtenAt, renewed: crew.siblings.renewed() };
    return true; // Behind the others: very many may be emptied at once, and one look tells what became of them all.
  }
  // Before it is read: its cursor must not say that nobody misses it.
  if (!file.isRead()) crew.held.delete(nameOf(file.id));
  if (member.saved?.headLength === 0 && file.size() > 0) {
    await file.learn();
    crew.changed.add(member);
    await save(crew);
  }
  const { at } = file.cursor();
  member.isWritten = false;
  const more = (await file.read().finally(() => crew.changed.add(member))) === 'more';
  const now = needs.follow.clock.monotonic();
  const grew = file.size() !== member.size || file.cursor().at !== at;
  member.size = file.size();
  if (member.leftAt !== undefined && grew) member.leftAt = now;
  if (more) return true;
  const isWaiting = await file.peek();
  const { leftAt } = member;
  const quietMs = leftAt === undefined ? 0 : now - leftAt;
  if (quietMs >= needs.rotatedMs && (await retire(crew, member, quietMs))) return false;
  if (isWaiting || leftAt !== undefined) restless.add(nameOf(file.id));
  else restless.delete(nameOf(file.id));
  return false;
};

/** Lets it go, if it has a name: then it rests. One that has none is lost when it is closed, so it is held for longer. */
const retire = async (crew: Crew, member: Member, quietMs: number): Promise<boolean> => {
  const { file } = member;
  const { held, needs } = crew;
  const place = await nameNow(crew, member);
  if (place !== undefined) {
    await file.finish();
    const writtenAt = (await lookAt(place).catch(() => undefined))?.writtenAt ?? 0n;
    await part(crew, member);
    await rest(crew, [{ ...file.cursor(), place, writtenAt, rests: true }]);
    return true;
  }
  const name = nameOf(file.id);
  if (quietMs < needs.deletedMs && (held.has(name) || held.size < MOST_HELD)) {
    held.add(name);
    return false;
  }
  await file.finish();
  await leave(crew, member);
  return true;
};

const nameNow = async ({ siblings }: Crew, { file }: Member): Promise<string | undefined> => {
  if (await file.isDeleted()) return undefined;
  return (await file.named()) ?? (await siblings.placeOf(file.cursor()));
};

type Emptied = NonNullable<Member['emptied']>;

/** The file was emptied under its name: what was not read of it may stand in a copy, and it begins anew. */
const replaced = async (crew: Crew, member: Member, { since, renewed }: Emptied): Promise<void> => {
  const { file } = member;
  const cursor = file.cursor();
  if (crew.siblings.renewed() === renewed) crew.siblings.renew();
  const now = await lookAt(cursor.place).catch(() => undefined);
  // Before it begins anew: its cursor tells what was not read, should this not come to its end.
  const isLost = !(await joinCopy(crew, cursor)) && !file.isRead();
  await joinYounger(crew, { ...cursor, since, was: cursor }, crew.siblings.list);
  await file.restart();
  member.emptied = undefined;
  if (now) file.call({ ...cursor, writtenAt: now.writtenAt });
  crew.changed.add(member);
  if (isLost) sayLost(crew, cursor.path, 'emptied');
  await save(crew);
};

/** It is closed, and not at its place any more: it was renamed, packed or deleted. */
const seek = async (crew: Crew, member: Member): Promise<boolean> => {
  const { file } = member;
  const cursor = file.cursor();
  if (member.leftAt === undefined) {
    member.stamp = ''; // The next look tells whether it left, and what stands beside it since.
    return false;
  }
  const itself = await findItself(cursor, crew.siblings);
  if (itself) {
    file.adopt(itself.file);
    file.call({ ...cursor, place: itself.place });
    await keepOpen(crew, member);
    return true;
  }
  const isOver = file.isRead() && !member.isWritten;
  const goesOn = !isOver && (await joinRest(crew, cursor)) !== undefined;
  if (!isOver && !goesOn) sayLost(crew, cursor.path, 'gone');
  if (!goesOn) await file.end();
  await save(crew);
  await leave(crew, member);
  return false;
};

const packedTurn = async (crew: Crew, name: string, packed: PackedRest): Promise<boolean> => {
  try {
    const more = (await packed.read().finally(() => crew.changed.add(packed))) === 'more';
    if (more) return true;
  } catch (error) {
    if (!isOfFile(error)) throw error;
    sayLost(crew, packed.cursor().path, error.code === GONE ? 'gone' : 'unreadable');
  }
  crew.packed.delete(name);
  crew.unpacked.add(contentOf(packed.cursor()));
  if (crew.unpacked.size > MOST_UNPACKED) crew.unpacked.delete([...crew.unpacked][0] ?? '');
  crew.changed.delete(packed);
  await packed.close();
  await crew.needs.cursors.change({ drop: [packed.cursor()] });
  return false;
};

import { type Crew, join, type Member, save, unlessStopping } from './crew.ts';
import { isSame, NONE, nameOf } from './cursors.ts';
import { joinBarred, joinYounger, type Start, startOf } from './finding.ts';
import { createList, type List } from './generations.ts';
import type { Lookup, Standing } from './lookup.ts';
import { continues, type OpenFile, openFile } from './open.ts';

/** Undefined when it is gone again, or is another now: the next look tells. */
export const openStanding = async (crew: Crew, { path, place, id }: Standing): Promise<OpenFile | undefined> => {
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
export const stand = async (crew: Crew, one: Standing, from: { at: number; told?: boolean }): Promise<void> => {
  const name = nameOf(one.id);
  crew.places.set(one.place, name);
  const known = crew.files.get(name);
  if (known) meet(crew, known, one);
  else await take(crew, one, from);
  if (crew.files.has(name)) crew.stood.set(one.place, one);
};

const take = async (crew: Crew, one: Standing, from: { at: number; told?: boolean }): Promise<void> => {
  const file = await openStanding(crew, one);
  if (!file) return;
  const known = from.told ? { at: file.size, held: NONE } : await restedAt(crew, file);
  const start = known ?? (await startOf(crew, file, { at: from.at, held: NONE }));
  const member = await join(crew, file, { ...one, ...from, ...start });
  member.stamp = one.stamp;
};

/** How far it was read before it rested, or could not be read, if so it was. */
const restedAt = async ({ resting, barred }: Crew, file: OpenFile): Promise<Start | undefined> => {
  const name = nameOf(file.id);
  const rested = resting.get(name)?.cursor ?? barred.get(name)?.cursor;
  for (const all of [resting, barred]) all.delete(name);
  return rested && (await continues(file, rested)) ? { at: rested.at, held: rested.held } : undefined;
};

const meet = (crew: Crew, known: Member, one: Standing): void => {
  known.file.call(one);
  known.leftAt = undefined;
  if (known.stamp !== one.stamp) {
    known.isWritten = true;
    crew.changed.add(known);
    crew.due.add(nameOf(one.id));
  }
  known.stamp = one.stamp;
};

/** Every later look: what is new is read whole, and what is no longer there is read to its end. */
export const meetAll = async (crew: Crew, found: Lookup): Promise<void> => {
  const before = crew.files.size;
  crew.siblings.renew();
  crew.places.clear();
  const standing = new Set<string>();
  const list = createList();
  await joinBarred(crew);
  for (const gap of crew.gaps.splice(0)) await joinYounger(crew, gap, list);
  for (const one of found.files) {
    standing.add(nameOf(one.id));
    // Before it is followed: should the search not come to its end, it is made again.
    await joinUnseen(crew, one, list);
    await stand(crew, one, { at: 0 });
  }
  for (const [name, { cursor }] of crew.resting)
    if (!crew.places.has(cursor.place)) crew.places.set(cursor.place, name);
  for (const [name, member] of crew.files) {
    if (standing.has(name) || member.leftAt !== undefined) continue;
    member.leftAt = crew.needs.follow.clock.monotonic();
    crew.due.add(name);
    crew.restless.add(name);
  }
  for (const [place, { id }] of crew.stood)
    if (![crew.files, crew.resting].some((all) => all.has(nameOf(id))) && !crew.places.has(place))
      crew.stood.delete(place);
  if (crew.files.size !== before) await save(crew);
};

/** What came to that place and went again since the last look. An empty file may have been copied and emptied again. */
const joinUnseen = async (crew: Crew, one: Standing, list: List): Promise<void> => {
  const was = crew.stood.get(one.place);
  if (!was) return;
  const isEmptied = was.size === 0 && was.writtenAt !== one.writtenAt;
  if (isSame(was.id, one.id) && !isEmptied) return;
  const gap = { path: one.path, place: one.place, since: was.writtenAt, was: was.id };
  await joinYounger(crew, gap, list);
  crew.gaps.push(gap);
};

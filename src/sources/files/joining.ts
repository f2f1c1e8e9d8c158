import { matchesGlob } from 'node:path';
import { type Crew, join, type Member, save, sayLost, unlessStopping } from './crew.ts';
import { type FileCursor, isSame, nameOf } from './cursors.ts';
import { joinLeft, joinRest, joinYounger, startOf } from './finding.ts';
import { createList, type List, withoutGeneration } from './generations.ts';
import type { Lookup, Standing } from './lookup.ts';
import { continues, type OpenFile, openFile } from './open.ts';
import { lookAtResting, rest } from './resting.ts';
import type { Gap } from './younger.ts';

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
  const gaps: Gap[] = [];
  const rows = new Map(cursors.all().map((row) => [nameOf(row), row]));
  for (const one of found.files) {
    const row = rows.get(nameOf(one.id));
    if (!row || !(await goOn(crew, one, row))) continue;
    rows.delete(nameOf(row));
    if (row.at === 0 && row.writtenAt !== one.writtenAt) gaps.push(gapAfter(row));
  }
  const ours = [...rows.values()].filter(({ path }) => patterns.some((one) => path === one || matchesGlob(path, one)));
  const lost = ours.filter(({ rests }) => !rests);
  await rest(
    crew,
    ours.filter(({ rests }) => rests),
  );
  await lookAtResting(crew, crew.resting.keys());
  const times = new Map<FileCursor, bigint>();
  const gone = await withoutRest(crew, lost, times);
  // A rotation that is under way renames them one after the other: a name that was read may be another file's by now.
  if (gone.length > 0) await crew.needs.follow.clock.sleep(ROTATION_MS, crew.needs.follow.stop);
  crew.siblings.renew();
  for (const { path } of await withoutRest(crew, gone, times)) sayLost(crew, path, 'gone');
  for (const row of lost) gaps.push(gapBehind(row, times.get(row)));
  const list = createList();
  for (const gap of gaps.filter(({ since }) => since > 0n)) await joinYounger(crew, gap, list);
  for (const one of found.files) {
    const atEnd = !fromStart && !seen.has(one.pattern);
    await stand(crew, one, { at: atEnd ? one.size : 0, told: atEnd });
  }
  await save(crew, { drop: lost, seen: patterns });
};

/** When what is left of each was written to. */
type Times = Map<FileCursor, bigint>;

/** Those of them whose rest is nowhere; the others are followed. */
const withoutRest = async (crew: Crew, rows: readonly FileCursor[], times: Times): Promise<readonly FileCursor[]> => {
  const gone: FileCursor[] = [];
  for (const row of rows) {
    unlessStopping(crew);
    const left = (await joinLeft(crew, row)) ?? (await joinRest(crew, row));
    if (left) times.set(row, left.writtenAt);
    else gone.push(row);
  }
  return gone;
};

/** What came and went there since it was looked at last: an empty file may have been copied and emptied again, too. */
const gapAfter = (row: FileCursor): Gap => ({
  ...{ path: row.path, since: row.writtenAt, was: row },
  place: row.place === row.path ? row.place : withoutGeneration(row.place),
});

/** The same of one that left; what is left of it tells the time, too. */
const gapBehind = (row: FileCursor, writtenAt: bigint | undefined): Gap => {
  const gap = gapAfter(row);
  const isEarlier = writtenAt !== undefined && (gap.since === 0n || writtenAt < gap.since);
  return isEarlier ? { ...gap, since: writtenAt } : gap;
};

const goOn = async (crew: Crew, one: Standing, row: FileCursor): Promise<boolean> => {
  const file = await openStanding(crew, one);
  if (!file) return false;
  if (await continues(file, row)) {
    // Until what came and went since is followed, too, it is as it was.
    const member = await join(crew, file, { ...one, at: row.at, writtenAt: row.writtenAt });
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
  if (known) meet(crew, known, one);
  else await take(crew, one, from);
  if (crew.files.has(name)) crew.stood.set(one.place, one);
};

const take = async (crew: Crew, one: Standing, from: { at: number; told?: boolean }): Promise<void> => {
  const file = await openStanding(crew, one);
  if (!file) return;
  const at = from.told ? file.size : ((await restedAt(crew, file)) ?? (await startOf(crew, file, from.at)));
  const member = await join(crew, file, { ...one, ...from, at });
  member.stamp = one.stamp;
};

/** How far it was read before it rested, if it did. */
const restedAt = async ({ resting }: Crew, file: OpenFile): Promise<number | undefined> => {
  const rested = resting.get(nameOf(file.id))?.cursor;
  resting.delete(nameOf(file.id));
  return rested && (await continues(file, rested)) ? rested.at : undefined;
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

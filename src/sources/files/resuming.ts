import { type Crew, join, save, sayLost, unlessStopping } from './crew.ts';
import { type FileCursor, nameOf } from './cursors.ts';
import { joinLost, joinYounger } from './finding.ts';
import { fits } from './fitting.ts';
import { createList, withoutGeneration } from './generations.ts';
import { openStanding, stand } from './joining.ts';
import type { Lookup, Standing } from './lookup.ts';
import { continues } from './open.ts';
import { lookAtResting, rest } from './resting.ts';
import type { Gap } from './younger.ts';

/** Longer than a rotation takes. */
const ROTATION_MS = 300;

interface ResumeFrom {
  readonly patterns: readonly string[];
  readonly fromStart: boolean;
}

/**
 * The first look: goes on with what was followed before, wherever it went. What a pattern finds that was looked up before,
 * whichever it was, came meanwhile, and is read whole; what one finds at first sight is read from its end, or its start.
 */
export const resume = async (crew: Crew, found: Lookup, { patterns, fromStart }: ResumeFrom): Promise<void> => {
  const { cursors } = crew.needs;
  const seen = cursors.seen();
  const gaps: Gap[] = [];
  const rows = new Map(cursors.all().map((row) => [nameOf(row), row]));
  const isNew = ({ pattern, path }: Standing): boolean => seen.has(pattern) || fits(path, seen);
  const since = [...rows.values()].reduce((newest, { writtenAt }) => (writtenAt > newest ? writtenAt : newest), 0n);
  for (const one of found.files) {
    const row = rows.get(nameOf(one.id));
    if (!row && isNew(one)) gaps.push({ path: one.path, place: one.place, since, was: one.id });
    if (!row || !(await goOn(crew, one, row))) continue;
    rows.delete(nameOf(row));
    if (row.at === 0 && row.writtenAt !== one.writtenAt) gaps.push(gapAfter(row));
  }
  const ours = [...rows.values()].filter(({ path }) => fits(path, patterns));
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
    const atEnd = !fromStart && !isNew(one);
    await stand(crew, one, { at: atEnd ? one.size : 0, told: atEnd });
  }
  await save(crew, { drop: lost.filter((row) => !crew.barred.has(nameOf(row))), seen: patterns });
};

/** When what is left of each was written to. */
type Times = Map<FileCursor, bigint>;

/** Those of them whose rest is nowhere; the others are followed. */
const withoutRest = async (crew: Crew, rows: readonly FileCursor[], times: Times): Promise<readonly FileCursor[]> => {
  const gone: FileCursor[] = [];
  for (const row of rows) {
    unlessStopping(crew);
    const left = await joinLost(crew, row);
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
    const member = await join(crew, file, { ...one, at: row.at, writtenAt: row.writtenAt, held: row.held });
    member.stamp = one.stamp;
    return true;
  }
  await file.handle.close();
  return false;
};

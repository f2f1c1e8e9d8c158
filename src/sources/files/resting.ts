import { type Crew, save } from './crew.ts';
import { type FileCursor, isSame, nameOf } from './cursors.ts';
import { joinLeft, joinRest } from './finding.ts';
import { createList, generationsOf, type List, withoutGeneration } from './generations.ts';
import { type Look, lookAt } from './open.ts';
import { isPacked } from './rest.ts';

/** Those that rested for the longest time are forgotten. */
const MOST = 2_000;
const LONGEST_MS = 24 * 60 * 60 * 1_000;
/** Asked of the system at once. */
const AT_ONCE = 64;

/** Rests from now on; those beyond what is bearable are forgotten. */
export const rest = async (crew: Crew, cursors: readonly FileCursor[]): Promise<void> => {
  const { resting, needs } = crew;
  const now = needs.follow.clock.monotonic();
  for (const cursor of cursors) {
    resting.delete(nameOf(cursor));
    resting.set(nameOf(cursor), { cursor, since: now });
  }
  const drop: FileCursor[] = [];
  for (const [name, { cursor, since }] of resting) {
    if (resting.size <= MOST && now - since < LONGEST_MS) break;
    resting.delete(name);
    drop.push(cursor);
  }
  await needs.cursors.change({ save: cursors.filter((one) => resting.has(nameOf(one))), drop });
};

/** Looks at these: what was written to is followed again, what was renamed stands elsewhere, what is gone is forgotten. */
export const lookAtResting = async (crew: Crew, names: Iterable<string>): Promise<void> => {
  const all = [...names].flatMap((name) => crew.resting.get(name)?.cursor ?? []);
  const list = createList();
  for (let i = 0; i < all.length; i += AT_ONCE) {
    const some = all.slice(i, i + AT_ONCE);
    const looks = await Promise.all(some.map(({ place }) => lookAt(place).catch(() => undefined)));
    for (const [n, cursor] of some.entries()) await meetResting(crew, cursor, { look: looks[n], list });
  }
};

interface Seen {
  readonly look: Look | undefined;
  readonly list: List;
}

const meetResting = async (crew: Crew, cursor: FileCursor, { look, list }: Seen): Promise<void> => {
  const name = nameOf(cursor);
  if (look && nameOf(look.id) === name) {
    if (look.size !== cursor.at) await wake(crew, cursor);
    return;
  }
  const others = await generations(cursor, list);
  const moved = others.find(({ id }) => isSame(id, cursor));
  if (moved) {
    const there = { ...cursor, place: moved.place };
    const { since = 0 } = crew.resting.get(name) ?? {};
    crew.resting.set(name, { cursor: there, since });
    await crew.needs.cursors.change({ save: [there] });
    if (moved.size !== cursor.at) await wake(crew, there);
    return;
  }
  const packed = others.filter(({ place }) => isPacked(place));
  // Packing keeps the time: one that was written to late is another then.
  const isUnchanged = packed.some(({ writtenAt }) => writtenAt === cursor.writtenAt);
  if (!isUnchanged && packed.some(({ writtenAt }) => writtenAt > cursor.writtenAt)) await joinRest(crew, cursor);
  await forget(crew, cursor);
};

/** Where a file stands that was rotated away, by its number. */
export const findGeneration = async (cursor: FileCursor, list: List): Promise<string | undefined> =>
  (await generations(cursor, list)).find(({ id }) => isSame(id, cursor))?.place;

const generations = async ({ place: was }: FileCursor, list: List) => {
  const places = await generationsOf(withoutGeneration(was), list);
  const looks = places.map(async (place) => ({ place, look: await lookAt(place).catch(() => undefined) }));
  return (await Promise.all(looks)).flatMap(({ place, look }) => (look ? { place, ...look } : []));
};

const wake = async (crew: Crew, cursor: FileCursor): Promise<void> => {
  crew.resting.delete(nameOf(cursor));
  if (!(await joinLeft(crew, { ...cursor, rests: false }))) await forget(crew, cursor);
};

const forget = async (crew: Crew, cursor: FileCursor): Promise<void> => {
  crew.resting.delete(nameOf(cursor));
  await save(crew, { drop: [cursor] });
};

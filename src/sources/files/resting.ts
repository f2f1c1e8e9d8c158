import { type Crew, save } from './crew.ts';
import { type FileCursor, isSame, nameOf } from './cursors.ts';
import { joinLost, joinRest } from './finding.ts';
import { generationsOf, type List, withoutGeneration } from './generations.ts';
import { type Look, lookAt } from './open.ts';
import { isPacked } from './packing.ts';
import { createSiblings, type Siblings } from './siblings.ts';

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
  const siblings = createSiblings(crew.needs.follow.stop);
  for (let i = 0; i < all.length; i += AT_ONCE) {
    const some = all.slice(i, i + AT_ONCE);
    const looks = await Promise.all(some.map(({ place }) => lookAt(place).catch(() => undefined)));
    for (const [n, cursor] of some.entries()) await meetResting(crew, cursor, { look: looks[n], siblings });
  }
};

interface Seen {
  readonly look: Look | undefined;
  readonly siblings: Siblings;
}

const meetResting = async (crew: Crew, cursor: FileCursor, { look, siblings }: Seen): Promise<void> => {
  const name = nameOf(cursor);
  if (look && nameOf(look.id) === name) {
    if (look.size !== cursor.at) await wake(crew, cursor);
    return;
  }
  const place = await siblings.placeOf(cursor);
  const moved = place === undefined ? undefined : await lookAt(place).catch(() => undefined);
  if (place !== undefined && moved && isSame(moved.id, cursor)) {
    const there = { ...cursor, place };
    const { since = 0 } = crew.resting.get(name) ?? {};
    crew.resting.set(name, { cursor: there, since });
    await crew.needs.cursors.change({ save: [there] });
    if (moved.size !== cursor.at) await wake(crew, there);
    return;
  }
  if (place !== undefined) return; // It was renamed since: the next time tells.
  const packed = await packedOf(cursor, siblings.list);
  // Packing keeps the time: one that was written to late is another then.
  const isUnchanged = packed.some(({ writtenAt }) => writtenAt === cursor.writtenAt);
  if (!isUnchanged && packed.some(({ writtenAt }) => writtenAt > cursor.writtenAt))
    await joinRest(crew, cursor, siblings);
  await forget(crew, cursor);
};

const packedOf = async ({ place }: FileCursor, list: List): Promise<readonly Look[]> => {
  const places = (await generationsOf(withoutGeneration(place), list)).filter(isPacked);
  const looks = await Promise.all(places.map((one) => lookAt(one).catch(() => undefined)));
  return looks.flatMap((look) => look ?? []);
};

const wake = async (crew: Crew, cursor: FileCursor): Promise<void> => {
  crew.resting.delete(nameOf(cursor));
  if (!(await joinLost(crew, { ...cursor, rests: false }))) await forget(crew, cursor);
};

const forget = async (crew: Crew, cursor: FileCursor): Promise<void> => {
  crew.resting.delete(nameOf(cursor));
  await save(crew, { drop: [cursor] });
};

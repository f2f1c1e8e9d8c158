import { Fault } from '../../core/errors.ts';
import type { Fact } from '../../core/facts.ts';
import { GivenUp } from '../waiting.ts';
import { type Cursors, type FileCursor, type FileId, nameOf } from './cursors.ts';
import { type FollowedFile, type FollowFrom, followFile } from './file.ts';
import type { Standing } from './lookup.ts';
import type { OpenFile } from './open.ts';
import type { PackedRest } from './packed.ts';
import type { FollowNeeds } from './pour.ts';
import { createSiblings, type Siblings } from './siblings.ts';
import type { Gap } from './younger.ts';

/** A file that is followed. */
export interface Member {
  readonly file: FollowedFile;
  /** What the system said of it when it was looked at last; empty: it is to be looked at again. */
  stamp: string;
  /** When it left every name we know, or was last seen to grow after that (monotonic ms); undefined while it stands. */
  leftAt: number | undefined;
  size: number;
  /** The system says that it was written to since it was read. */
  isWritten: boolean;
  /** It was seen to be emptied: when it was written to last before, and how often its siblings had been looked at. */
  emptied: { readonly since: bigint; readonly renewed: number } | undefined;
  /** The cursor in the store. */
  saved: FileCursor | undefined;
}

/**
 * A file that left its name and was read to its end. Its writer may still hold it, and be silent for long: as long as it
 * stands somewhere it is looked at now and then, without being open.
 */
export interface Resting {
  /** `place` is where it stands now. */
  readonly cursor: FileCursor;
  /** Since when it is as it is (monotonic ms). */
  readonly since: number;
}

/** One whose rest may not be read, and the path that was told. */
export interface Barred {
  readonly cursor: FileCursor;
  readonly told: string;
}

export interface CrewNeeds {
  readonly cursors: Cursors;
  readonly follow: FollowNeeds;
  /** A file that left is closed when nothing was written to it for so long (ms). */
  readonly rotatedMs: number;
  /** One that was deleted, for so long (ms). */
  readonly deletedMs: number;
  readonly mostOpen: number;
  note(fact: Fact): void;
  /** A file could not be read; it is tried again. */
  troubled(path: string, error: unknown): void;
}

/** All that is followed, by the name of its id. */
export interface Crew {
  readonly needs: CrewNeeds;
  readonly files: Map<string, Member>;
  readonly packed: Map<string, PackedRest>;
  /** Names by where they stand. */
  readonly places: Map<string, string>;
  /** Those that left and were read to their end; and names of those among `files` that were, and have no name any more. */
  readonly resting: Map<string, Resting>;
  readonly held: Set<string>;
  /** What is left of these may not be read now. It is tried again at every look. */
  readonly barred: Map<string, Barred>;
  /** Contents of packed ones that were read to their end, the newest last. */
  readonly unpacked: Set<string>;
  /** What stood at each place when it was looked at last. */
  readonly stood: Map<string, Standing>;
  /** What stands beside those that left, since the last look: one that had not left then is not asked for. */
  readonly siblings: Siblings;
  /** Of the last look: a rotation that was under way then is over at the next. */
  readonly gaps: Gap[];
  /** Names of those that have something to read, the next first. */
  readonly due: Set<string>;
  /** Names of those that are to be looked at now and then. */
  readonly restless: Set<string>;
  /** Those whose cursor moved since it was saved. */
  readonly changed: Set<Member | PackedRest>;
  /** Those that are open, the one that had no turn for the longest time first. */
  readonly opened: Set<Member>;
}

export const createCrew = (needs: CrewNeeds): Crew => ({
  ...{ needs, files: new Map(), packed: new Map(), places: new Map(), due: new Set(), restless: new Set() },
  ...{ resting: new Map(), held: new Set(), barred: new Map(), unpacked: new Set(), stood: new Map(), gaps: [] },
  ...{ changed: new Set(), opened: new Set(), siblings: createSiblings(needs.follow.stop) },
});

export interface Joining extends FollowFrom {
  readonly left?: boolean;
}

export const join = async (crew: Crew, file: OpenFile, from: Joining): Promise<Member> => {
  const { follow } = crew.needs;
  const leftAt = from.left ? follow.clock.monotonic() : undefined;
  const followed = await followFile(file, from, follow);
  const fresh = { stamp: '', isWritten: false, emptied: undefined, saved: undefined };
  const member = { file: followed, leftAt, size: file.size, ...fresh };
  crew.files.set(nameOf(file.id), member);
  crew.changed.add(member);
  if (file.size > from.at || leftAt !== undefined || from.held?.waits) crew.due.add(nameOf(file.id));
  await keepOpen(crew, member);
  return member;
};

/** Counts it among the open ones; too many of them, and one at rest is closed until it grows. */
export const keepOpen = async ({ opened, due, needs }: Crew, member: Member): Promise<void> => {
  opened.delete(member);
  opened.add(member);
  if (opened.size <= needs.mostOpen) return;
  const stands = [...opened].filter((one) => one.leftAt === undefined && one !== member);
  const idle = stands.find((one) => !due.has(nameOf(one.file.id))) ?? stands[0];
  if (!idle) return;
  opened.delete(idle);
  await idle.file.close();
};

/** It is followed no longer, but its cursor stays. */
export const part = async (crew: Crew, member: Member): Promise<void> => {
  const name = nameOf(member.file.id);
  for (const names of [crew.due, crew.restless, crew.held, crew.files]) names.delete(name);
  crew.changed.delete(member);
  crew.opened.delete(member);
  await member.file.close();
};

export const leave = async (crew: Crew, member: Member): Promise<void> => {
  await part(crew, member);
  await crew.needs.cursors.change({ drop: [member.file.id] });
};

export const unlessStopping = ({ needs }: Crew): void => {
  if (needs.follow.stop.aborted) throw new GivenUp();
};

/** Trouble with a file, not with who takes its text. */
export const isOfFile = (error: unknown): error is NodeJS.ErrnoException => {
  if (error instanceof Fault || error instanceof GivenUp) return false;
  return typeof (error as NodeJS.ErrnoException | undefined)?.code === 'string';
};

export const sayLost = ({ needs }: Crew, locator: string, reason: 'gone' | 'emptied' | 'unreadable'): void =>
  needs.note({ type: 'source.unscanned', source: 'file', locator, reason });

/** Saves every cursor that moved, and what else there is to say. */
export const save = async (crew: Crew, also: { drop?: readonly FileId[]; seen?: readonly string[] } = {}) => {
  const moved = [...crew.changed];
  if (moved.length === 0 && !also.drop?.length && !also.seen?.length) return;
  const cursors = moved.map((one) => {
    const cursor = 'file' in one ? one.file.cursor() : one.cursor();
    return { ...cursor, rests: crew.held.has(nameOf(cursor)) };
  });
  crew.changed.clear();
  try {
    await crew.needs.cursors.change({ ...also, save: cursors });
  } catch (error) {
    for (const one of moved) crew.changed.add(one);
    throw error;
  }
  moved.forEach((one, i) => {
    if ('file' in one) one.saved = cursors[i];
  });
};

export const closeAll = async (crew: Crew): Promise<void> => {
  await save(crew).catch(() => undefined); // What is not saved is read once more.
  for (const { file } of crew.files.values()) await file.close();
  for (const packed of crew.packed.values()) await packed.close();
};

import type { Fact } from '../core/facts.ts';
import type { FileCursor, FollowedCursors } from './followed-cursors.ts';
import { type FollowedFile, type FollowNeeds, followFile } from './followed-file.ts';
import { continues, findRest, isSame, NOT_REGULAR, type OpenFile, openFile } from './followed-open.ts';

interface GenerationsNeeds {
  readonly path: string;
  readonly cursors: FollowedCursors;
  readonly follow: FollowNeeds;
  readonly rotatedMs: number;
  readonly fromStart: boolean;
  note(fact: Fact): void;
}

/** The file that stands at the path, and those that stood there and may still be written to. */
export interface Generations {
  /** Reads what is new of each; true when there is more at once. Rejects when something must be tried again later. */
  round(): Promise<boolean>;
  close(): Promise<void>;
}

interface Generation {
  readonly followed: FollowedFile;
  /** When it left the path, or was last seen to grow after that (monotonic ms); undefined while it stands there. */
  leftAt: number | undefined;
  size: number;
  /** The cursor in the store. */
  saved: FileCursor | undefined;
}

const SAVE_EVERY_MS = 250;
/** Says that the path was looked at before, so that whatever file comes next is new and read whole. */
const SEEN: FileCursor = { dev: '-', ino: '-', at: 0, head: '', headLength: 0 };

export const createGenerations = (needs: GenerationsNeeds): Generations => {
  const all: Generation[] = [];
  let resumed = false;
  let savedAt = 0;

  const close = async (): Promise<void> => {
    for (const { followed } of all.splice(0)) await followed.file.handle.close();
  };

  return {
    async round() {
      if (!resumed) {
        await close();
        await resume(all, needs);
      }
      resumed = true;
      await noticeRotation(all, needs);
      let more = false;
      for (const generation of [...all]) more = (await readOne(generation, all, needs)) || more;
      await retire(all, needs);
      const now = needs.follow.clock.monotonic();
      if (now - savedAt < SAVE_EVERY_MS) return more;
      savedAt = now;
      await save(all, needs);
      return more;
    },
    async close() {
      await save(all, needs).catch(() => undefined); // What is not saved is read once more.
      await close();
    },
  };
};

/** Opens what was followed before; of a path that was never looked at, the end of the file (or its start). */
const resume = async (all: Generation[], needs: GenerationsNeeds): Promise<void> => {
  const { path, cursors, fromStart } = needs;
  const rows = cursors.of(path);
  const file = await openFile(path).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code === NOT_REGULAR) await cursors.save(path, SEEN);
    throw error;
  });
  let from = rows.length > 0 || fromStart ? 0 : (file?.size ?? 0);
  for (const row of rows.filter(({ dev }) => dev !== SEEN.dev)) {
    if (file && isSame(file.id, row) && (await continues(file, row))) from = row.at;
    else await addRest(row, all, needs);
  }
  if (file) await add(file, { from, left: false, all }, needs);
  await cursors.save(path, SEEN);
  await save(all, needs);
};

/** Follows what is left of a file that is no longer at the path; says so when it cannot be found. */
const addRest = async (row: FileCursor, all: Generation[], needs: GenerationsNeeds): Promise<void> => {
  const { path, cursors, note } = needs;
  const rest = await findRest(path, row);
  if (rest) await add(rest, { from: row.at, left: true, all }, needs);
  else note({ type: 'source.unscanned', source: 'file', locator: path, reason: 'gone' });
  await save(all, needs);
  if (!all.some(({ followed }) => isSame(followed.file.id, row))) await cursors.drop(path, row);
};

interface Addition {
  readonly from: number;
  readonly left: boolean;
  readonly all: Generation[];
}

const add = async (file: OpenFile, { from, left, all }: Addition, { follow }: GenerationsNeeds): Promise<void> => {
  const followed = await followFile(file, from, follow);
  all.push({ followed, leftAt: left ? follow.clock.monotonic() : undefined, size: file.size, saved: undefined });
};

/** Whether another file stands at the path now, or none. */
const noticeRotation = async (all: Generation[], needs: GenerationsNeeds): Promise<void> => {
  const file = await openFile(needs.path);
  const current = all.find(({ leftAt }) => leftAt === undefined);
  const known = file && all.find(({ followed }) => isSame(followed.file.id, file.id));
  if (known) await file.handle.close();
  if (current && current === known) return;
  if (current) current.leftAt = needs.follow.clock.monotonic();
  if (known) known.leftAt = undefined;
  else if (file) {
    await add(file, { from: 0, left: false, all }, needs);
    await save(all, needs);
  }
};

const readOne = async (generation: Generation, all: Generation[], needs: GenerationsNeeds): Promise<boolean> => {
  const { followed } = generation;
  try {
    if (await followed.isReplaced()) await replaced(generation, all, needs);
    if (generation.saved?.headLength === 0 && followed.size() > 0) {
      await followed.learn();
      await save(all, needs);
    }
    const more = (await followed.read()) === 'more';
    if (!more) await followed.peek();
    if (followed.size() !== generation.size && generation.leftAt !== undefined) {
      generation.leftAt = needs.follow.clock.monotonic();
    }
    generation.size = followed.size();
    return more;
  } catch (error) {
    await followed.again();
    throw error;
  }
};

/** The file was emptied under its name: what was not read of it may stand in a copy, and it begins anew. */
const replaced = async ({ followed }: Generation, all: Generation[], needs: GenerationsNeeds): Promise<void> => {
  const cursor = followed.cursor();
  const rest = await findRest(needs.path, cursor);
  await followed.endFlow();
  await followed.restart(0);
  if (rest) await add(rest, { from: cursor.at, left: true, all }, needs);
  else if (followed.size() > cursor.at) {
    needs.note({ type: 'source.unscanned', source: 'file', locator: needs.path, reason: 'emptied' });
  }
  await save(all, needs);
};

/** Ends the files that left the path and were not written to for a while. */
const retire = async (all: Generation[], needs: GenerationsNeeds): Promise<void> => {
  const now = needs.follow.clock.monotonic();
  for (const generation of [...all]) {
    const { followed, leftAt } = generation;
    if (leftAt === undefined || now - leftAt < needs.rotatedMs) continue;
    await followed.finish();
    all.splice(all.indexOf(generation), 1);
    await followed.file.handle.close();
    await needs.cursors.drop(needs.path, followed.file.id);
  }
};

const save = async (all: readonly Generation[], { path, cursors }: GenerationsNeeds): Promise<void> => {
  for (const generation of all) {
    const cursor = generation.followed.cursor();
    const { saved } = generation;
    if (cursor.at === saved?.at && cursor.head === saved.head) continue;
    await cursors.save(path, cursor);
    generation.saved = cursor;
  }
};

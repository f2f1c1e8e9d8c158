import { constants } from 'node:fs';
import { access, lstat, realpath } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { GivenUp } from '../waiting.ts';
import { fitting, isPattern } from './fitting.ts';
import { type Look, lookAt, NOT_REGULAR } from './open.ts';
import { isPacked } from './packing.ts';

/** A file that stands under a name that the settings tell. */
export interface Standing extends Look {
  readonly path: string;
  /** Where it really stands, if `path` is a link. */
  readonly place: string;
  readonly pattern: string;
}

export interface Trouble {
  readonly path: string;
  readonly error: unknown;
}

export interface Lookup {
  /** Each file once, under the first of its names. */
  readonly files: readonly Standing[];
  /** Where files come and go. */
  readonly dirs: ReadonlySet<string>;
  readonly troubles: readonly Trouble[];
}

interface Name {
  readonly path: string;
  readonly isLink: boolean;
  readonly pattern: string;
}

/** Asked of the system at once. */
const AT_ONCE = 64;

/** The paths where nothing is now, and the patterns that nothing fits. */
export const unmatched = async (patterns: readonly string[]): Promise<readonly string[]> => {
  const found = await Promise.all(patterns.map(hasAny));
  return patterns.filter((_, i) => !found[i]);
};

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

const hasAny = async (pattern: string): Promise<boolean> => {
  for await (const { path } of namesOf(pattern)) if (await isThere(path)) return true;
  return false;
};

/**
 * Looks up what stands at the paths and patterns: `*`, `**`, `?`, `[…]`, `{a,b}` as `node:fs` knows them. Rejects with
 * `GivenUp` when `stop` fires: there may be very many.
 */
export const lookUp = async (patterns: readonly string[], stop: AbortSignal): Promise<Lookup> => {
  const files = new Map<string, Standing>();
  const dirs = new Set<string>();
  const troubles: Trouble[] = [];
  const take = async (name: Name): Promise<void> => {
    dirs.add(dirname(name.path));
    try {
      const one = await standingAt(name);
      if (!one && name.path.includes(NO_LETTER)) throw notUtf8();
      if (!one) return;
      dirs.add(dirname(one.place));
      const id = `${one.id.dev}:${one.id.ino}`;
      if (!files.has(id)) files.set(id, one);
    } catch (error) {
      const isOther = (error as NodeJS.ErrnoException).code === NOT_REGULAR && isPattern(name.pattern);
      if (!isOther) troubles.push({ path: name.path, error });
    }
  };
  for (const pattern of patterns) {
    dirs.add(rootOf(pattern));
    let batch: Name[] = [];
    for await (const name of namesOf(pattern)) {
      if (stop.aborted) throw new GivenUp();
      for (const dir of between(pattern, name.path)) dirs.add(dir);
      batch.push(name);
      if (batch.length < AT_ONCE) continue;
      await Promise.all(batch.map(take));
      batch = [];
    }
    await Promise.all(batch.map(take));
    const root = rootOf(pattern);
    // The search itself passes over what it may not look into.
    if (isPattern(pattern)) await access(root, constants.R_OK | constants.X_OK).catch(barredFrom(root, troubles));
  }
  return { files: [...files.values()], dirs, troubles };
};

/** What stands for bytes that are no UTF-8: nothing is found under a name with it, if that is not how it is called. */
const NO_LETTER = '\ufffd';

const notUtf8 = () => Object.assign(new Error('the name is not UTF-8'), { code: 'EILSEQ' });

const barredFrom =
  (path: string, troubles: Trouble[]) =>
  (error: NodeJS.ErrnoException): void => {
    if (error.code === 'EACCES') troubles.push({ path, error });
  };

async function* namesOf(pattern: string): AsyncGenerator<Name> {
  const plain = await lstat(pattern).catch(() => undefined);
  // What stands there is meant, even if its name looks like a pattern.
  if (plain || !isPattern(pattern)) return yield { path: pattern, isLink: plain?.isSymbolicLink() ?? false, pattern };
  for await (const entry of fitting({ pattern, cwd: process.cwd() })) {
    if (entry.isDirectory() || isPacked(entry.name)) continue;
    yield { path: join(entry.parentPath, entry.name), isLink: entry.isSymbolicLink(), pattern };
  }
}

const standingAt = async ({ path, isLink, pattern }: Name): Promise<Standing | undefined> => {
  const look = await lookAt(path);
  if (!look) return undefined;
  return { ...look, path, pattern, place: isLink ? await realpath(path) : path };
};

/** The last directory that is named as it is. */
const rootOf = (pattern: string): string => {
  let root = dirname(pattern);
  while (isPattern(root)) root = dirname(root);
  return root;
};

/** The directories on the way from where a pattern begins to a file that it found. */
const between = (pattern: string, path: string): readonly string[] => {
  const root = rootOf(pattern);
  const dirs: string[] = [];
  for (let dir = dirname(path); dir.length > root.length && dir.startsWith(root + sep); dir = dirname(dir))
    dirs.push(dir);
  return dirs;
};

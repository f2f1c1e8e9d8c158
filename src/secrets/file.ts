import { readFileSync, type Stats } from 'node:fs';
import { lstat, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../core/clock.ts';
import { Secret } from '../core/secret.ts';
import type { Place } from './reference.ts';
import type { Found, Store, Trouble } from './store.ts';

/** `file:///path`, or `file://path` from the working directory. Errors: of the URL. */
export const pathOf = ({ path }: Place): string => (path.startsWith('/') ? fileURLToPath(`file://${path}`) : path);

/** A whole file: a mounted secret, a credential of systemd. It is small, so it is read at once. */
export const readSecretFile = (place: Place): Found | Trouble => {
  try {
    return { secret: new Secret(readFileSync(pathOf(place), 'utf8')) };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const trouble = code === 'ENOENT' ? 'absent' : code === 'EACCES' || code === 'EPERM' ? 'refused' : 'unusable';
    return { trouble, why: `the file cannot be read (${code ?? 'bad path'})` };
  }
};

export const fileStore: Store = {
  read: async (place) => readSecretFile(place),
  async write(place, value) {
    try {
      return await replace(await targetOf(pathOf(place)), value.expose());
    } catch (error) {
      const { code = 'bad path' } = error as NodeJS.ErrnoException;
      const trouble = code === 'EACCES' || code === 'EPERM' || code === 'EROFS' ? 'refused' : 'unreachable';
      return { trouble, why: `the file cannot be written (${code})` };
    }
  },
};

/** A link to a file stays one. */
const targetOf = (path: string): Promise<string> =>
  realpath(path).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return join(await realpath(dirname(path)), basename(path));
  });

/** Beside the file, and always the same: a kill leaves one at most, and the next write takes that away. */
const DRAFT = '.keyfuse-draft';
/** Whoever writes is done long before. */
const DEAD_MS = 10_000;
const LOOK_MS = 50;

/** Whoever reads sees the old text or the new one, also after a power cut: written beside, synced, renamed. */
const replace = async (path: string, text: string): Promise<Trouble | undefined> => {
  const before = await stat(path).catch(unlessAbsent);
  const draft = `${path}${DRAFT}`;
  const file = await openAlone(draft);
  try {
    const kept = await keepOwner(file, before);
    if (kept) return kept;
    await file.writeFile(text);
    await file.sync();
    if (!(await isSame(file, draft))) return OVERTAKEN;
    await rename(draft, path);
    await syncFolder(dirname(path));
    return undefined;
  } finally {
    if (await isSame(file, draft)) await rm(draft, { force: true });
    await file.close();
  }
};

const OVERTAKEN: Trouble = { trouble: 'unreachable', why: 'the file cannot be written: another writer was there' };

/** Alone: while another writer has its draft there, we wait; one that does not move belongs to a writer that was killed. */
const openAlone = async (draft: string): Promise<FileHandle> => {
  const until = systemClock.monotonic() + DEAD_MS;
  for (;;) {
    try {
      return await open(draft, 'wx', 0o600);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const left = await lstat(draft).catch(unlessAbsent);
    const isDead = systemClock.monotonic() > until || (left && systemClock.now() - left.mtimeMs > DEAD_MS);
    if (isDead) await rm(draft, { force: true });
    else await systemClock.sleep(LOOK_MS);
  }
};

/** Who could read the old key can read the new one. Before the text is in it, for not all systems allow it. */
const keepOwner = async (file: FileHandle, before: Stats | undefined): Promise<Trouble | undefined> => {
  if (!before) return undefined;
  const { uid, gid, mode } = await file.stat();
  try {
    if (uid !== before.uid || gid !== before.gid) await file.chown(before.uid, before.gid);
    if ((mode & MODE) !== (before.mode & MODE)) await file.chmod(before.mode & MODE);
    return undefined;
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    const why = `the file cannot be replaced by one of the same owner, group and mode (${code}): run as its owner`;
    return { trouble: 'refused', why };
  }
};

const MODE = 0o777;

type FileHandle = Awaited<ReturnType<typeof open>>;

const isSame = async (file: FileHandle, path: string): Promise<boolean> => {
  const [ours, there] = [await file.stat(), await lstat(path).catch(unlessAbsent)];
  return there?.ino === ours.ino && there.dev === ours.dev;
};

const unlessAbsent = (error: NodeJS.ErrnoException): undefined => {
  if (error.code !== 'ENOENT') throw error;
};

const syncFolder = async (path: string): Promise<void> => {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
};

import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { open, realpath, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
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
      await replace(await targetOf(pathOf(place)), value.expose());
      return undefined;
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

/** Whoever reads sees the old text or the new one, also after a power cut: written beside, synced, renamed. */
const replace = async (path: string, text: string): Promise<void> => {
  const draft = `${path}.${randomBytes(8).toString('hex')}`;
  try {
    await durably(draft, 'wx', (file) => file.writeFile(text));
    await rename(draft, path);
    await durably(dirname(path), 'r', async () => undefined);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
};

type FileHandle = Awaited<ReturnType<typeof open>>;

const durably = async (path: string, flags: 'wx' | 'r', fill: (file: FileHandle) => Promise<void>): Promise<void> => {
  const file = await open(path, flags, 0o600);
  try {
    await fill(file);
    await file.sync();
  } finally {
    await file.close();
  }
};

import { lstatSync, readdirSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Environment, unignored } from './git.ts';

/** As the file system takes it: bytes where the name is no UTF-8. */
export type RawPath = string | Buffer;

export interface FoundFile {
  readonly kind: 'file';
  /** For people and for output. */
  readonly path: string;
  readonly raw: RawPath;
  readonly size: number;
  /** Has fewer blocks on the disk than bytes: long runs of zeros cost nothing to skip. */
  readonly sparse: boolean;
}

/** What stands in a folder and is no file: never opened, for that may wait for ever or wake a device. */
export const skips = ['symbolic link', 'FIFO', 'socket', 'device'] as const;
export type Skip = (typeof skips)[number];

export type FoundPath =
  | FoundFile
  /** Standard input (`-`), or a FIFO that was named by hand, as `<(command)` is. */
  | { readonly kind: 'stream'; readonly path: string }
  | { readonly kind: 'skipped'; readonly path: string; readonly why: Skip }
  | { readonly kind: 'unread'; readonly path: string; readonly why: string };

/** Holes of less are read like anything else. */
const SPARSE_FROM = 64 * 1024 * 1024;

const found = (path: string, raw: RawPath, { size, blocks }: Stats): FoundFile => ({
  ...{ kind: 'file', path, raw, size },
  sparse: size >= SPARSE_FROM && blocks * 512 < size / 2,
});

/**
 * Every file below a path, in the order of their names. Links inside a folder are not followed, so there are no loops;
 * `.git` is left to the history (`git-history.ts`).
 */
export function* filesBelow(path: string): Generator<FoundPath> {
  if (path === '-') return yield { kind: 'stream', path };
  const stats = attempt(() => statSync(path));
  if (typeof stats === 'string') return yield { kind: 'unread', path, why: stats };
  if (stats.isDirectory()) return yield* folder(path);
  const why = skipOf(stats);
  if (why === 'FIFO') return yield { kind: 'stream', path };
  yield why ? { kind: 'skipped', path, why } : found(path, path, stats);
}

/** Of a folder in a git work tree what git does not ignore; elsewhere everything. */
export function* filesNotIgnored(path: string, env: Environment): Generator<FoundPath> {
  const isFolder = path !== '-' && statSync(path, { throwIfNoEntry: false })?.isDirectory();
  const names = isFolder ? unignored({ dir: path, env }) : undefined;
  if (!names) return yield* filesBelow(path);
  for (const name of names) {
    const raw = Buffer.concat([Buffer.from(`${path}/`), name]);
    const shown = join(path, name.toString('utf8'));
    const stats = attempt(() => lstatSync(raw));
    if (stats === 'ENOENT') continue; // still in the index
    if (typeof stats === 'string') yield { kind: 'unread', path: shown, why: stats };
    else if (stats.isDirectory())
      yield* filesBelow(shown); // a repository in the repository
    else {
      const why = skipOf(stats);
      yield why ? { kind: 'skipped', path: shown, why } : found(shown, raw, stats);
    }
  }
}

interface Place {
  readonly path: string;
  readonly raw: RawPath;
}

function* folder(top: string): Generator<FoundPath> {
  const waiting: Place[] = [];
  const enter = ({ path, raw }: Place): string | undefined => {
    const inside = attempt(() => entriesOf(path, raw));
    if (typeof inside === 'string') return inside;
    for (const entry of inside) waiting.push(entry);
    return undefined;
  };
  const look = (at: Place): FoundPath | undefined => {
    const entry = attempt(() => lstatSync(at.raw));
    const why = typeof entry === 'string' ? entry : entry.isDirectory() ? enter(at) : undefined;
    if (typeof entry === 'string' || why) return { kind: 'unread', path: at.path, why: why ?? 'error' };
    if (entry.isDirectory()) return undefined;
    const skip = skipOf(entry);
    return skip ? { kind: 'skipped', path: at.path, why: skip } : found(at.path, at.raw, entry);
  };
  const why = enter({ path: top, raw: top });
  if (why) yield { kind: 'unread', path: top, why };
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const seen = look(next);
    if (seen) yield seen;
  }
}

/** Last name first, for the last is taken first. */
const entriesOf = (path: string, raw: RawPath): Place[] => {
  const names = readdirSync(raw);
  const plain = typeof raw === 'string' && !names.some((name) => name.includes('\ufffd'));
  const entries = plain
    ? names.map((name) => ({ name, path: join(path, name), raw: join(path, name) }))
    : inBytes(path, raw);
  return entries.filter(({ name }) => name !== '.git').sort((a, b) => (a.name < b.name ? 1 : -1));
};

const inBytes = (path: string, raw: RawPath) =>
  readdirSync(raw, { encoding: 'buffer' }).map((bytes) => {
    const name = bytes.toString('utf8');
    return { name, path: join(path, name), raw: Buffer.concat([Buffer.from(raw), Buffer.from('/'), bytes]) };
  });

const skipOf = (at: Stats): Skip | undefined => {
  if (at.isFile()) return undefined;
  if (at.isSymbolicLink()) return 'symbolic link';
  if (at.isFIFO()) return 'FIFO';
  return at.isSocket() ? 'socket' : 'device';
};

/** What the system gives, or the code it refuses with. */
const attempt = <T>(read: () => T): T | string => {
  try {
    return read();
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'error';
  }
};

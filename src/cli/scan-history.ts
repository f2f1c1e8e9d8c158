import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Scanner } from '../scan/scan.ts';
import { countHistory, listRefs, type Ref, readHistory, readStaged } from '../sources/git-history.ts';
import type { PatchHears } from '../sources/git-patch.ts';
import type { FetchProgress } from '../sources/git-remote.ts';
import { createArchiveGuess } from '../sources/unpack-guess.ts';
import type { Io } from './io.ts';
import { type BlobScan, createBlobScan, type InHistory, type Wanted } from './scan-blobs.ts';
import type { ScanTells } from './scan-files.ts';
import { createNameScan } from './scan-names.ts';
import type { ScanOptions } from './scan-options.ts';
import { createPatchScan, type PatchHit } from './scan-patch.ts';
import { copyRemote } from './scan-remote.ts';
import { type ScanSeed, type Seeded, seededScanner } from './scan-seed.ts';
import { whyOf } from './scan-unit.ts';

interface Needs {
  readonly seed: ScanSeed;
  readonly seeded: Seeded;
  readonly options: Pick<ScanOptions, 'staged' | 'everyCommit' | 'config'>;
  /** The places that are elsewhere. */
  readonly remotes: ReadonlyMap<string, URL>;
  /** Only commits from this time on (ms since 1970). */
  readonly since?: number;
  readonly io: Pick<Io, 'env' | 'stop'>;
  readonly tells: ScanTells;
}

/** Scans the history of repositories, or what is staged in them. A URL is fetched first. */
export const scanHistories = async (places: readonly string[], needs: Needs): Promise<void> => {
  for (const place of places) {
    if (needs.io.stop.aborted) return;
    const url = needs.remotes.get(place);
    try {
      await (url ? scanRemote(url, needs) : scanFolder(place, needs));
    } catch (error) {
      if (!needs.io.stop.aborted) needs.tells.unread(place, whyOf(error), 'repository');
    }
  }
};

const scanFolder = async (dir: string, needs: Needs): Promise<void> => {
  if (!statSync(dir).isDirectory()) throw Object.assign(new Error(), { code: 'no folder of a git repository' });
  await scanHistory({ dir, fileOf: (path) => join(dir, path) }, needs);
};

const scanRemote = async (url: URL, needs: Needs): Promise<void> => {
  const { io, options, tells } = needs;
  const hear = ({ doing, percent }: FetchProgress): void => tells.doing?.(`${url.host}: ${doing} ${percent} %`);
  const { dir, remove } = await copyRemote(url, { io, config: options.config, hear });
  const name = url.href.replace(/(\.git)?\/?$/, '');
  await scanHistory({ dir, fileOf: (path) => `${name}/${path}` }, needs).finally(remove);
};

interface Repository {
  readonly dir: string;
  /** How a path in it is called. */
  fileOf(path: string): string;
}

const scanHistory = async (
  repository: Repository,
  { seed, seeded, options, since, io, tells }: Needs,
): Promise<void> => {
  const { scanner, suppressed } = seededScanner(seed, seeded);
  const git = { dir: repository.dir, env: io.env, hook: options.staged === true };
  const wanted = options.everyCommit ? () => true : createFirsts();
  const blobs = createBlobScan({ seed, scanner, git, tells, wanted });
  const hearing = { ...repository, scanner, tells, blobs, wanted };
  const hears = createHears(hearing);
  const which = { ...git, stop: io.stop, ...(since !== undefined && { since }) };
  const reading = { ...which, hears, pause: blobs.settle };
  // The reading does not wait for the count, nor for what it says.
  if (tells.coming && !options.staged) void countHistory(which).then(tells.coming, () => undefined);
  try {
    await (options.staged ? readStaged(reading) : readHistory(reading));
    hears.end();
    if (!options.staged && !io.stop.aborted) scanRefs(await listRefs(which), hearing);
    await blobs.settle();
  } finally {
    blobs.close();
  }
  for (const one of suppressed) tells.suppressed(...one);
};

interface Hearing extends Pick<Needs, 'tells'>, Pick<Repository, 'fileOf'> {
  readonly scanner: Scanner;
  readonly blobs: BlobScan;
  readonly wanted: Wanted;
}

/** The file in which git has a commit's message written. */
const MESSAGE = 'COMMIT_EDITMSG';

/** Scans what people wrote beside commits: names of branches and tags, and the messages of tags. */
const scanRefs = (refs: readonly Ref[], { fileOf, scanner, blobs, wanted }: Hearing): void => {
  const at = (name: string, blob = ''): InHistory => ({ commit: '', path: fileOf(name), blob });
  const names = createNameScan(scanner, (name, hit) => {
    if (wanted(fileOf(name), hit.candidate.fingerprint)) blobs.place(hit, at(name));
  });
  for (const { name, id, isTag } of refs) {
    names.add(name);
    if (isTag) blobs.unpack(at(name, id), 'packed');
  }
  names.scan();
};

/** Scans what a patch says: of each commit its message, then file by file, then the names of the files. */
const createHears = ({ scanner, tells, blobs, wanted, ...needs }: Hearing): PatchHears & { end(): void } => {
  let at: InHistory = { commit: '', path: '', blob: '' };
  let patch: ReturnType<typeof createPatchScan> | undefined;
  const guess = createArchiveGuess();
  const keep = (hits: readonly PatchHit[], where = at): void => {
    for (const hit of hits) if (wanted(where.path, hit.candidate.fingerprint)) blobs.place(hit, where);
  };
  const fileOf = (path: string, blob = ''): InHistory => ({ ...at, path: needs.fileOf(path), blob });
  const names = createNameScan(scanner, (name, hit) => keep([hit], fileOf(name)));
  const begin = (next: InHistory): void => {
    if (patch) {
      keep(patch.end());
      tells.read(patch.bytes);
    }
    at = next;
    patch = next.path === '' ? undefined : createPatchScan(scanner, `${at.path}@${at.commit}`);
  };
  const end = (commit = ''): void => {
    names.scan();
    begin({ commit, path: '', blob: '' });
  };
  return {
    end: () => end(),
    commit(id) {
      end(id);
      tells.commit();
    },
    file(path, blob) {
      begin(fileOf(path, blob));
      if (at.commit === '') tells.file(); // of the index
      guess.file(path);
      names.add(path);
    },
    message(bytes) {
      if (!patch) begin(fileOf(MESSAGE));
      keep(patch?.added(bytes) ?? []);
    },
    hunk(line) {
      guess.hunk(line);
      patch?.hunk(line);
    },
    added(bytes) {
      if (!patch) return;
      const of = guess.added(bytes);
      if (of !== 'text') blobs.unpack(at, of);
      if (of === 'packed') patch = undefined;
      else keep(patch.added(bytes));
    },
  };
};

/** A key is told once per path: where it came first. */
const createFirsts = (): Wanted => {
  const seen = new Set<string>();
  return (path, fingerprint) => {
    const name = `${fingerprint} ${path}`;
    const isFirst = !seen.has(name);
    seen.add(name);
    return isFirst;
  };
};

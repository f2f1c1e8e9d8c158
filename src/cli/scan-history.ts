import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Scanner } from '../scan/scan.ts';
import { readHistory, readStaged } from '../sources/git-history.ts';
import type { PatchHears } from '../sources/git-patch.ts';
import { kindOf } from '../sources/unpack-kind.ts';
import type { Io } from './io.ts';
import { type BlobScan, createBlobScan, type InHistory, type Wanted } from './scan-blobs.ts';
import type { ScanTells } from './scan-files.ts';
import type { ScanOptions } from './scan-options.ts';
import { createPatchScan, type PatchHit } from './scan-patch.ts';
import { type ScanSeed, type Seeded, seededScanner } from './scan-seed.ts';
import { whyOf } from './scan-unit.ts';

interface Needs {
  readonly seed: ScanSeed;
  readonly seeded: Seeded;
  readonly options: Pick<ScanOptions, 'since' | 'staged' | 'everyCommit'>;
  readonly io: Pick<Io, 'env' | 'stop'>;
  readonly tells: ScanTells;
}

/** Scans the history of repositories, or what is staged in them. */
export const scanHistories = async (dirs: readonly string[], needs: Needs): Promise<void> => {
  for (const dir of dirs) {
    if (needs.io.stop.aborted) return;
    try {
      if (!statSync(dir).isDirectory()) throw Object.assign(new Error(), { code: 'no folder of a git repository' });
      await scanHistory(dir, needs);
    } catch (error) {
      needs.tells.unread(dir, whyOf(error));
    }
  }
};

const scanHistory = async (dir: string, { seed, seeded, options, io, tells }: Needs): Promise<void> => {
  const { scanner, suppressed } = seededScanner(seed, seeded);
  const git = { dir, env: io.env, hook: options.staged === true };
  const wanted = options.everyCommit ? () => true : createFirsts();
  const blobs = createBlobScan({ seed, scanner, git, tells, wanted });
  const hears = createHears({ dir, scanner, tells, blobs, wanted });
  const reading = { ...git, hears, stop: io.stop, pause: blobs.settle, ...(options.since && { since: options.since }) };
  try {
    await (options.staged ? readStaged(reading) : readHistory(reading));
    hears.end();
    await blobs.settle();
  } finally {
    blobs.close();
  }
  for (const one of suppressed) tells.suppressed(...one);
};

interface Hearing extends Pick<Needs, 'tells'> {
  readonly dir: string;
  readonly scanner: Scanner;
  readonly blobs: BlobScan;
  readonly wanted: Wanted;
}

/** The file in which git has a commit's message written. */
const MESSAGE = 'COMMIT_EDITMSG';

/** Scans what a patch says: of each commit its message, then file by file. */
const createHears = ({ dir, scanner, tells, blobs, wanted }: Hearing): PatchHears & { end(): void } => {
  let at: InHistory = { commit: '', path: '', blob: '' };
  let patch: ReturnType<typeof createPatchScan> | undefined;
  const keep = (hits: readonly PatchHit[]): void => {
    for (const hit of hits) if (wanted(at.path, hit.candidate.fingerprint)) blobs.place(hit, at);
  };
  const end = (): void => {
    if (!patch) return;
    keep(patch.end());
    tells.read(patch.bytes);
    patch = undefined;
  };
  return {
    end,
    commit(id) {
      end();
      tells.commit();
      at = { commit: id, path: '', blob: '' };
    },
    file(path, blob) {
      end();
      at = { ...at, path: join(dir, path), blob };
      patch = createPatchScan(scanner, `${at.path}@${at.commit}`);
    },
    message(bytes) {
      if (!patch) {
        at = { ...at, path: join(dir, MESSAGE) };
        patch = createPatchScan(scanner, `${at.path}@${at.commit}`);
        patch.hunk(1);
      }
      keep(patch.added(bytes));
    },
    hunk: (line) => patch?.hunk(line),
    added(bytes) {
      if (patch?.bytes === 0 && (kindOf(bytes) || at.path.endsWith('.tar'))) {
        blobs.unpack(at);
        patch = undefined;
      }
      if (patch) keep(patch.added(bytes));
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

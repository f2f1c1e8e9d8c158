import type { Repository } from './shapes.ts';

/** A file of a release. */
export interface Asset {
  readonly id: number;
  readonly name: string;
  readonly content: Buffer;
}

export interface Release {
  readonly id: number;
  readonly tag: string;
  readonly body: string;
  readonly login: string;
  readonly prerelease: boolean;
  readonly createdAt: number;
  readonly assets: readonly Asset[];
}

/** A finished job of Actions; `log` is its text as the runner wrote it. */
export interface Job {
  readonly id: number;
  readonly log: string;
}

/** A file that an Actions run left, as it is downloaded: a zip. */
export interface Artifact {
  readonly id: number;
  readonly name: string;
  readonly zip: Buffer;
}

/** A finished run of Actions; `logs` is the zip of the logs of its jobs. */
export interface Run {
  readonly id: number;
  readonly sha: string;
  readonly at: number;
  readonly logs: Buffer;
  readonly artifacts: readonly Artifact[];
}

/** A remark of a check run on lines of a file. */
export interface Annotation {
  readonly path: string;
  readonly line: number;
  readonly message: string;
  readonly title?: string;
  readonly level?: 'notice' | 'warning' | 'failure';
  readonly details?: string;
}

export interface CheckRun {
  readonly id: number;
  readonly sha: string;
  readonly annotations: readonly Annotation[];
}

interface Shelf {
  readonly releases: Release[];
  readonly jobs: Job[];
  readonly runs: Run[];
  readonly checks: CheckRun[];
}

/** What repositories have beside git and talk, by the id of the repository. */
export const createStock = () => {
  const shelves = new Map<number, Shelf>();
  let lastId = 30_000_000_000;
  return {
    of({ id }: Pick<Repository, 'id'>): Shelf {
      const shelf = shelves.get(id) ?? { releases: [], jobs: [], runs: [], checks: [] };
      shelves.set(id, shelf);
      return shelf;
    },
    nextId(): number {
      lastId += 1;
      return lastId;
    },
  };
};

export type Stock = ReturnType<typeof createStock>;

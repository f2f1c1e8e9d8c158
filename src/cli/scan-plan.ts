import { closeSync, openSync, readSync } from 'node:fs';
import type { FoundFile, FoundPath } from '../sources/paths.ts';
import { HEAD, kindOf } from '../sources/unpack-kind.ts';
import type { Unit } from './unit.ts';

/** A plain file of this size or more is cut into ranges, so that several threads can share it. */
const LARGE = 64 * 1024 * 1024;
const RANGE = 32 * 1024 * 1024;

/** Small files go to a thread together. */
const BATCH_BYTES = 4 * 1024 * 1024;
const BATCH_UNITS = 64;

/** Opening a file takes about as long as scanning so many bytes. */
const FILE_COST = 30_000;

/** Units that go to one thread together, a stream, or what is not read. */
export type Step = { readonly kind: 'units'; readonly units: readonly Unit[] } | Exclude<FoundPath, FoundFile>;

/** What is to be scanned in the order it is told, small files together; and what is not. */
export function* planOf(found: Iterable<FoundPath>): Generator<Step> {
  let batch: Unit[] = [];
  let bytes = 0;
  const flush = (): Step[] => {
    const units = batch;
    batch = [];
    bytes = 0;
    return units.length > 0 ? [{ kind: 'units', units }] : [];
  };
  for (const one of found) {
    if (one.kind !== 'file') {
      yield* flush();
      yield one;
      continue;
    }
    for (const unit of unitsOf(one)) {
      batch.push(unit);
      bytes += Math.min(one.size, RANGE);
      if (bytes >= BATCH_BYTES || batch.length >= BATCH_UNITS) yield* flush();
    }
  }
  yield* flush();
}

const unitsOf = (file: FoundFile): Unit[] => {
  if (file.size < LARGE || isArchive(file)) return [{ file, from: 0, to: Number.POSITIVE_INFINITY }];
  return Array.from({ length: Math.floor(file.size / RANGE) }, (_, at) => {
    const to = (at + 2) * RANGE > file.size ? Number.POSITIVE_INFINITY : (at + 1) * RANGE;
    return { file, from: at * RANGE, to };
  });
};

const isArchive = ({ raw }: FoundFile): boolean => {
  try {
    const head = Buffer.alloc(HEAD);
    const fd = openSync(raw, 'r');
    const got = readSync(fd, head);
    closeSync(fd);
    return kindOf(head.subarray(0, got)) !== undefined;
  } catch {
    return false; // told when it is scanned
  }
};

/** How long a step takes, in bytes. */
export const costOf = (step: Step): number =>
  step.kind === 'units' ? step.units.reduce((sum, { file }) => sum + Math.min(file.size, RANGE) + FILE_COST, 0) : 0;

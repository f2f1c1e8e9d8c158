import type { Planted } from './decoy-plant.ts';
import type { Plant } from './plant.ts';
import type { Finding } from './scan-run.ts';

/** Why a key was not found as it stands. */
type Cause = 'nothing there' | 'another extent' | 'another place';

export interface Judged {
  readonly plant: Plant;
  /** The finding that is right, if one is. */
  readonly found: Finding | undefined;
  readonly cause: Cause | undefined;
  /** Detectors of all findings at the place, right or not. */
  readonly named: readonly string[];
}

export interface Score {
  readonly judged: readonly Judged[];
  /** In decoys. */
  readonly falseAlarms: readonly { readonly finding: Finding; readonly decoy: Planted | undefined }[];
  /** In files with keys, where none of the keys has that text. */
  readonly extra: readonly { readonly finding: Finding; readonly beside: Plant | undefined }[];
  /** A key told more than once. */
  readonly again: readonly Finding[];
}

interface Span {
  readonly start?: number;
  readonly end?: number;
}

const meets = ({ start, end }: Span, { offset, length }: Finding): boolean =>
  start === undefined || end === undefined || (offset < end && offset + length > start);

const byFile = <T extends { readonly file: string }>(all: readonly T[]): ReadonlyMap<string, T[]> => {
  const files = new Map<string, T[]>();
  for (const one of all) files.set(one.file, [...(files.get(one.file) ?? []), one]);
  return files;
};

/** A member of an archive may be named behind the archive's path. */
const fileOf = (path: string, files: ReadonlySet<string>): string => {
  if (files.has(path)) return path;
  for (let at = path.length; at > 0; at -= 1) {
    if (/[!:/#]/.test(path[at] ?? '') && files.has(path.slice(0, at))) return path.slice(0, at);
  }
  return path;
};

const judge = (plant: Plant, findings: readonly Finding[]): Judged => {
  const right = ({ fingerprint }: Finding) => fingerprint !== null && plant.hashes.includes(fingerprint);
  const there = findings.filter((finding) => meets(plant, finding) && (plant.start !== undefined || right(finding)));
  const found = there.find((finding) => right(finding) && finding.detector === plant.kind) ?? there.find(right);
  const named = there.map(({ detector }) => detector);
  if (found) return { plant, found, cause: undefined, named };
  const elsewhere = findings.some(right);
  return {
    plant,
    found,
    named,
    cause: elsewhere ? 'another place' : there.length ? 'another extent' : 'nothing there',
  };
};

/** Compares what was found with what stands there: by file, overlapping place and SHA-256 of the key. */
export const score = (plants: readonly Plant[], decoys: readonly Planted[], all: readonly Finding[]): Score => {
  const names = new Set([...plants, ...decoys].map(({ file }) => file));
  const findings = byFile(all.map((finding) => ({ ...finding, file: fileOf(finding.file, names) })));
  const judged: Judged[] = [];
  const extra: Score['extra'][number][] = [];
  const falseAlarms: Score['falseAlarms'][number][] = [];
  const again: Finding[] = [];
  for (const [file, here] of byFile(plants)) {
    const given = findings.get(file) ?? [];
    const verdicts = here.map((plant) => judge(plant, given));
    judged.push(...verdicts);
    const used = new Set(verdicts.map(({ found }) => found));
    for (const finding of given) {
      if (used.has(finding)) continue;
      const same = here.some((plant) => plant.hashes.includes(finding.fingerprint ?? '') && meets(plant, finding));
      if (same) again.push(finding);
      else extra.push({ finding, beside: here.find((plant) => plant.start !== undefined && meets(plant, finding)) });
    }
  }
  for (const [file, here] of byFile(decoys)) {
    for (const finding of findings.get(file) ?? []) {
      const decoy = here.find((one) => meets(one, finding));
      if (!decoy?.only || decoy.only === finding.detector) falseAlarms.push({ finding, decoy });
    }
  }
  return { judged, falseAlarms, extra, again };
};

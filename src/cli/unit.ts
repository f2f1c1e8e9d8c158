import type { Scanner } from '../scan/scan.ts';
import type { FoundFile } from '../sources/paths.ts';
import type { UnpackLimits } from '../sources/unpack-budget.ts';
import type { LineMark } from './lines.ts';
import type { Sighting } from './scan-finding.ts';

/** What is scanned in one go: a file, or a range of a large one. */
export interface Unit {
  readonly file: FoundFile;
  readonly from: number;
  readonly to: number;
}

export interface UnitTells {
  /** `mark`: of the unit's first line on. Its `lineStart` is negative where that line begins before the unit. */
  found(sighting: Sighting, mark: LineMark): void;
  unread(file: string, why: string): void;
  read(bytes: number): void;
}

export interface UnitNeeds {
  readonly scanner: Scanner;
  readonly secrets: boolean;
  readonly limits: UnpackLimits;
}

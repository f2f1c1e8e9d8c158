import type { Candidate } from '../core/candidate.ts';
import type { Scanner } from '../scan/scan.ts';
import { countNewlines, createLines, placeOf } from './lines.ts';

/** A candidate in what a patch adds, and its place in the new file. */
export interface PatchHit {
  readonly candidate: Candidate;
  readonly line: number;
  readonly column: number;
}

const PIECE = 256 * 1024;

interface Hunk {
  readonly at: number;
  /** Newlines of the flow before it. */
  readonly newlines: number;
  /** Its first line in the new file. */
  readonly line: number;
}

/** Scans what one commit adds to one file: the hunks one after the other, with an empty line between them. */
export const createPatchScan = (scanner: Scanner, locator: string) => {
  const origin = { source: 'scan', locator, receivedAt: Date.now(), mode: 'backfill' } as const;
  const lines = createLines();
  const hunks: Hunk[] = [];
  let waiting: Buffer[] = [];
  let size = 0;
  let seen = 0;
  let newlines = 0;
  let begun = false;

  const place = (candidate: Candidate): PatchHit => {
    const mark = lines.at(candidate.offset);
    const hunk = hunks.findLast(({ at }) => at <= candidate.offset) ?? { newlines: 0, line: 1 };
    const { line, column } = placeOf(mark, candidate.offset);
    return { candidate, line: hunk.line + line - 1 - hunk.newlines, column };
  };
  const scan = (last: boolean): PatchHit[] => {
    const bytes = Buffer.concat(waiting);
    waiting = [];
    size = 0;
    lines.add(bytes);
    const whole = last && !begun;
    begun = true;
    return scanner.scan({ bytes, origin, ...(!whole && { flow: locator, last }) }).map(place);
  };
  const put = (bytes: Buffer): readonly PatchHit[] => {
    waiting.push(bytes);
    size += bytes.length;
    seen += bytes.length;
    newlines += countNewlines(bytes);
    return size >= PIECE ? scan(false) : [];
  };

  return {
    hunk(line: number): void {
      if (seen > 0) put(BETWEEN);
      hunks.push({ at: seen, newlines, line });
    },
    added: put,
    end: (): readonly PatchHit[] => (seen > 0 ? scan(true) : []),
    get bytes(): number {
      return seen;
    },
  };
};

const BETWEEN = Buffer.from('\n');

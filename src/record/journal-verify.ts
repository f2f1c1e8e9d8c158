import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CURRENT, fromHead, HEAD, type Head, lines, segments } from './journal-files.ts';
import { digest, fromLine, type Gap, GENESIS, harmless, type JournalRecord } from './journal-line.ts';

/** What a check of the journal found. */
export interface JournalCheck {
  readonly ok: boolean;
  /** Good ones, before the first bad line. */
  readonly records: number;
  readonly head?: Head;
  /** Lines count from 1; 0 means the file as a whole. */
  readonly firstBad?: { readonly file: string; readonly line: number; readonly why: string };
  /** What the journal itself declares as missing. */
  readonly gaps: readonly (Gap & { readonly seq: number })[];
}

type Bad = NonNullable<JournalCheck['firstBad']>;

interface Place {
  readonly file: string;
  readonly line: number;
}

interface Step {
  readonly place: Place;
  readonly record: JournalRecord;
  readonly hash: string;
}

const bad = ({ file, line }: Place, why: string): Bad => ({ file, line, why });

/** Walks the chain record by record; gives what is bad as soon as it is known. */
const createWalk = (head: Head) => {
  let before: Step | undefined;
  /** Does not follow the one before it; the next record tells which of the two was changed. */
  let doubtful: Step | undefined;
  const gaps: (Gap & { readonly seq: number })[] = [];

  const settle = (untouched: boolean): Bad | undefined =>
    doubtful && bad(untouched && before ? before.place : doubtful.place, 'changed: the chain does not fit it');

  return {
    gaps,
    take(step: Step): Bad | undefined {
      const { record, place, hash } = step;
      if (doubtful) return settle(record.prev === doubtful.hash);
      const expected = (before?.record.seq ?? 0) + 1;
      if (record.seq !== expected) return bad(place, `record ${record.seq} stands where ${expected} belongs`);
      if (record.prev !== (before?.hash ?? GENESIS)) {
        doubtful = step;
        return undefined;
      }
      if (record.seq === head.seq && hash !== head.hash) return bad(place, 'changed after it was acknowledged');
      if (record.gap) gaps.push({ ...record.gap, seq: record.seq });
      if (record.gap && !harmless.includes(record.gap.why)) return bad(place, `declares a loss: ${record.gap.why}`);
      before = step;
      return undefined;
    },
    end(): Bad | undefined {
      if (doubtful) return settle(doubtful.hash === head.hash);
      const seq = before?.record.seq ?? 0;
      if (seq >= head.seq) return undefined;
      const place = before?.place ?? { file: CURRENT, line: 0 };
      return bad(place, `records ${seq + 1} to ${head.seq}, which were acknowledged, do not follow`);
    },
    last: () => before,
  };
};

type Walk = ReturnType<typeof createWalk>;

/** How many of a segment's lines count, when the next one says that it gave up on the rest. */
const limitOf = async (folder: string, next: string | undefined): Promise<{ lines: number; bytes: number }> => {
  const unlimited = { lines: Number.POSITIVE_INFINITY, bytes: 0 };
  if (next === undefined) return unlimited;
  for await (const line of lines(join(folder, next))) {
    const record = fromLine(line.bytes);
    return record?.previous && record.gap?.why === 'fsync failed'
      ? { lines: record.previous.records, bytes: record.gap.bytes ?? 0 }
      : unlimited;
  }
  return unlimited;
};

const walkSegment = async (walk: Walk, path: { folder: string; file: string; next: string | undefined }) => {
  const { folder, file, next } = path;
  const limit = await limitOf(folder, next);
  let number = 0;
  let disowned = 0;
  for await (const { bytes, ended } of lines(join(folder, file))) {
    number += 1;
    const place = { file, line: number };
    if (number > limit.lines) {
      disowned += bytes.length + 1;
      if (disowned > limit.bytes + 1) return bad(place, 'more than the next segment gave up on');
      continue;
    }
    const record = ended ? fromLine(bytes) : undefined;
    if (!record) return bad(place, ended ? 'not a record' : 'unfinished');
    const found = walk.take({ place, record, hash: digest(bytes) });
    if (found) return found;
  }
  return undefined;
};

const check = async (folder: string): Promise<JournalCheck> => {
  const head = fromHead(await readFile(join(folder, HEAD), 'utf8').catch(() => ''));
  if (!head) return { ok: false, records: 0, gaps: [], firstBad: { file: HEAD, line: 0, why: 'missing or damaged' } };
  const files = await segments(folder);
  const walk = createWalk(head);
  let firstBad: Bad | undefined;
  for (const [index, file] of files.entries()) {
    firstBad ??= await walkSegment(walk, { folder, file, next: files[index + 1] });
  }
  firstBad ??= walk.end();
  const last = walk.last();
  return {
    ok: firstBad === undefined,
    records: last?.record.seq ?? 0,
    ...(last && { head: { seq: last.record.seq, hash: last.hash } }),
    ...(firstBad && { firstBad }),
    gaps: walk.gaps,
  };
};

/** What changes when a segment is closed while it is read. */
const shape = async (folder: string): Promise<string> => {
  const current = await stat(join(folder, CURRENT)).catch(() => undefined);
  return `${(await segments(folder).catch(() => [])).join()} ${current?.ino}`;
};

/**
 * Checks every line of a journal against the chain and the last acknowledged record, and names the first bad line. It may
 * run beside the writer. A chain cannot see that somebody rewrote all of it, head file included: compare `head` with one
 * kept elsewhere.
 */
export const verifyJournal = async (folder: string): Promise<JournalCheck> => {
  for (let again = 4; ; again -= 1) {
    const before = await shape(folder);
    const result = await check(folder).catch((error: unknown) => {
      if (again > 0) return undefined;
      throw error;
    });
    if (result?.ok || (result && again === 0)) return result;
    const moved = (await shape(folder)) !== before;
    // A line that is just being written looks like one that was cut.
    if (result && !moved && result.firstBad?.why !== 'unfinished') return result;
    await delay(50);
  }
};

/** The records of a journal, oldest first. Lines that are none are left out: `verifyJournal` names them. */
export async function* readJournal(folder: string): AsyncGenerator<JournalRecord> {
  for (const file of await segments(folder)) {
    for await (const { bytes, ended } of lines(join(folder, file))) {
      const record = ended ? fromLine(bytes) : undefined;
      if (record) yield record;
    }
  }
}

import { type FileHandle, open, readFile } from 'node:fs/promises';
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

const UNFINISHED = 'unfinished';
const MISSING = 'missing or damaged';

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

/** A journal at one moment: the current segment is held open, because it gets another name when it is closed. */
interface Snapshot {
  readonly head: Head | undefined;
  readonly files: readonly { readonly name: string; readonly source: string | FileHandle }[];
  close(): Promise<void>;
}

const snapshot = async (folder: string): Promise<Snapshot> => {
  for (;;) {
    // The head first: what it promises is in the files that are listed after it.
    const head = fromHead(await readFile(join(folder, HEAD), 'utf8').catch(() => ''));
    const names = await segments(folder);
    const current = names.includes(CURRENT) ? await open(join(folder, CURRENT)).catch(() => undefined) : undefined;
    if ((await segments(folder)).join() === names.join() && names.includes(CURRENT) === (current !== undefined)) {
      const files = names.map((name) => ({ name, source: (name === CURRENT && current) || join(folder, name) }));
      return { head, files, close: async () => current?.close() };
    }
    await current?.close();
  }
};

/** How many of a segment's lines count, when the next one says that it gave up on the rest. */
const limitOf = async (next: string | FileHandle | undefined): Promise<{ lines: number; bytes: number }> => {
  const unlimited = { lines: Number.POSITIVE_INFINITY, bytes: 0 };
  if (next === undefined) return unlimited;
  for await (const line of lines(next)) {
    const record = fromLine(line.bytes);
    return record?.previous && record.gap?.why === 'fsync failed'
      ? { lines: record.previous.records, bytes: record.gap.bytes ?? 0 }
      : unlimited;
  }
  return unlimited;
};

const walkSegment = async (walk: Walk, files: Snapshot['files'], index: number): Promise<Bad | undefined> => {
  const file = files[index];
  if (!file) return undefined;
  const limit = await limitOf(files[index + 1]?.source);
  let number = 0;
  let disowned = 0;
  for await (const { bytes, ended } of lines(file.source)) {
    number += 1;
    const place = { file: file.name, line: number };
    if (number > limit.lines) {
      disowned += bytes.length + (ended ? 1 : 0);
      if (disowned > limit.bytes) return bad(place, 'more than the next segment gave up on');
      continue;
    }
    const record = ended ? fromLine(bytes) : undefined;
    if (!record) return bad(place, ended ? 'not a record' : UNFINISHED);
    const found = walk.take({ place, record, hash: digest(bytes) });
    if (found) return found;
  }
  return undefined;
};

const check = async ({ head, files }: Snapshot): Promise<JournalCheck> => {
  if (!head) return { ok: false, records: 0, gaps: [], firstBad: { file: HEAD, line: 0, why: MISSING } };
  const walk = createWalk(head);
  let firstBad: Bad | undefined;
  for (const index of files.keys()) firstBad ??= await walkSegment(walk, files, index);
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

/**
 * Checks every line of a journal against the chain and the last acknowledged record, and names the first bad line. It may
 * run beside the writer. A chain cannot see that somebody rewrote all of it, head file included: compare `head` with one
 * kept elsewhere.
 */
export const verifyJournal = async (folder: string): Promise<JournalCheck> => {
  for (let again = 4; ; again -= 1) {
    const seen = await snapshot(folder);
    const result = await check(seen).finally(seen.close);
    // What is just being written looks like something that was cut.
    const unsure = [UNFINISHED, MISSING].includes(result.firstBad?.why ?? '');
    if (!unsure || again === 0) return result;
    await delay(50);
  }
};

/** The records of a journal, oldest first. Lines that are none are left out: `verifyJournal` names them. */
export async function* readJournal(folder: string): AsyncGenerator<JournalRecord> {
  const { files, close } = await snapshot(folder);
  try {
    for (const { source } of files) {
      for await (const { bytes, ended } of lines(source)) {
        const record = ended ? fromLine(bytes) : undefined;
        if (record) yield record;
      }
    }
  } finally {
    await close();
  }
}

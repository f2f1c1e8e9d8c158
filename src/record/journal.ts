import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../core/errors.ts';
import { type Head, LOCK } from './journal-files.ts';
import { cleaned, Entry } from './journal-line.ts';
import { createWriter, type Writer, type WriterNeeds } from './journal-writer.ts';

export interface JournalNeeds extends WriterNeeds {
  /** Takes a file for this process alone, and gives the release; undefined when another has it. Ends with the process. */
  readonly lock: (path: string) => (() => void) | undefined;
  /** Replaces whatever looks like a key in a text. */
  readonly scrub: (text: string) => string;
}

/** The audit journal of one process. */
export interface Journal {
  /** Resolves when the record is durable. Errors: `Fault` `journal.blocked`; then nothing of it stands. */
  append(entry: Entry): Promise<void>;
  /** The last durable record: keep it elsewhere, and a journal that was cut or rewritten can be told. */
  head(): Head;
  /** Says that the journal ends here, and frees the folder. */
  close(): Promise<void>;
}

interface Waiter {
  readonly entry: Entry;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

const LARGEST_BATCH = 512;

const asFault = (error: unknown): Fault => {
  const cause = error instanceof Error && error.cause ? error.cause : error;
  return new Fault('journal.blocked', String((cause as NodeJS.ErrnoException).code ?? cause), error);
};

/**
 * Opens the journal of a folder (0700, files 0600) as its only writer: cuts a torn tail and declares it. Appends are
 * made durable in groups, in the order they came. Errors: `Fault` `journal.locked`, `journal.blocked`.
 */
export const openJournal = async (needs: JournalNeeds): Promise<Journal> => {
  const { folder } = needs;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const release = needs.lock(join(folder, LOCK));
  if (!release) throw new Fault('journal.locked', `another process writes the journal in ${folder}`);
  try {
    const writer = await createWriter(needs);
    const queue = createQueue(writer, needs);
    // A disk that is full now does not keep the rest of the daemon down.
    await queue.flush();
    return {
      append: queue.append,
      head: writer.head,
      async close() {
        await queue.append({ what: 'log.closed' }).catch(() => undefined);
        await writer.close();
        release();
      },
    };
  } catch (error) {
    release();
    throw error instanceof Fault ? error : asFault(error);
  }
};

/** Groups what waits into one write and one sync. */
const createQueue = (writer: Writer, { metrics, scrub }: JournalNeeds) => {
  const waiting: Waiter[] = [];
  let running = false;
  let blocked = false;

  const put = (batch: readonly Waiter[]) =>
    writer.put(batch.map(({ entry }) => entry)).then(
      async () => {
        // A short line that still fits on a full disk says nothing of those of a deletion.
        if (blocked) blocked = !(await writer.hasRoom());
        if (!blocked) metrics.set('keyfuse_audit_blocked', 0);
        for (const { resolve } of batch) resolve();
      },
      (error: unknown) => {
        blocked = true;
        metrics.set('keyfuse_audit_blocked', 1);
        for (const { reject } of batch) reject(asFault(error));
      },
    );

  const drain = async () => {
    while (waiting.length > 0) await put(waiting.splice(0, LARGEST_BATCH));
    running = false;
  };

  return {
    flush: () => put([]),
    append: (entry: Entry) =>
      new Promise<void>((resolve, reject) => {
        const parsed = Entry.safeParse(cleaned(entry, scrub));
        if (!parsed.success) throw new Fault('journal.blocked', `not a journal entry: ${parsed.error.message}`);
        waiting.push({ entry: parsed.data, resolve, reject });
        if (running) return;
        running = true;
        // Whatever else is said in this turn joins the batch.
        setImmediate(() => void drain());
      }),
  };
};

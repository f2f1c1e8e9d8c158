import { type FileHandle, open, readdir } from 'node:fs/promises';

/** The segment that is written. Closed ones are `journal-000001.jsonl`, … */
export const CURRENT = 'journal.jsonl';
/** The last acknowledged record: catches a cut or changed tail, which a chain alone cannot. */
export const HEAD = 'journal.head';
export const LOCK = 'journal.lock';
/** A segment that is not in place yet. */
export const NEXT = 'journal.next';

const CLOSED = /^journal-(\d{6,})\.jsonl$/;
const LONGEST_LINE = 256 * 1024;

export const closedName = (number: number): string => `journal-${String(number).padStart(6, '0')}.jsonl`;

/** File names of the segments in the order of the chain, the current one last if there is one. */
export const segments = async (folder: string): Promise<readonly string[]> => {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException): string[] => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const number = (name: string) => Number(CLOSED.exec(name)?.[1]);
  const closed = names.filter((name) => CLOSED.test(name)).sort((a, b) => number(a) - number(b));
  return names.includes(CURRENT) ? [...closed, CURRENT] : closed;
};

export const nextNumber = async (folder: string): Promise<number> =>
  Math.max(0, ...(await segments(folder)).map((name) => Number(CLOSED.exec(name)?.[1] ?? 0))) + 1;

/** Makes creations and renames in a folder durable. */
export const syncFolder = async (folder: string): Promise<void> => {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};

export interface Line {
  /** Without the newline. */
  readonly bytes: Buffer;
  /** Of its first byte in the file. */
  readonly offset: number;
  /** False for what stands after the last newline. */
  readonly ended: boolean;
}

const CHUNK = 256 * 1024;

async function* chunks(handle: FileHandle): AsyncGenerator<Buffer> {
  for (let at = 0; ; ) {
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(CHUNK), 0, CHUNK, at);
    if (bytesRead === 0) return;
    at += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

/** The raw lines of a file, or of an open one; one longer than any record comes out in pieces. */
export async function* lines(file: string | FileHandle): AsyncGenerator<Line> {
  const handle = typeof file === 'string' ? await open(file, 'r') : file;
  try {
    let rest: Buffer = Buffer.alloc(0);
    let offset = 0;
    for await (const chunk of chunks(handle)) {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      let start = 0;
      for (let end = rest.indexOf(10); end !== -1; end = rest.indexOf(10, start)) {
        yield { bytes: rest.subarray(start, end), offset: offset + start, ended: true };
        start = end + 1;
      }
      if (rest.length - start > LONGEST_LINE) {
        yield { bytes: rest.subarray(start), offset: offset + start, ended: true };
        start = rest.length;
      }
      offset += start;
      rest = rest.subarray(start);
    }
    if (rest.length > 0) yield { bytes: rest, offset, ended: false };
  } finally {
    if (typeof file === 'string') await handle.close();
  }
}

/** The last acknowledged record, as the head file keeps it. */
export interface Head {
  readonly seq: number;
  readonly hash: string;
}

export const toHead = ({ seq, hash }: Head): string => `${String(seq).padStart(16, '0')} ${hash}\n`;

export const fromHead = (text: string): Head | undefined => {
  const [, seq, hash] = /^(\d{16}) ([0-9a-f]{64})\n$/.exec(text) ?? [];
  return seq === undefined || hash === undefined ? undefined : { seq: Number(seq), hash };
};

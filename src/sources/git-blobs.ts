import { type GitNeeds, startGit } from './git.ts';

const NEWLINE = 10;

/** Reads blobs of a repository by their ids, one after the other. */
export const createBlobs = (needs: GitNeeds) => {
  const git = startGit(['cat-file', '--batch'], needs);
  const pieces = git.output[Symbol.asyncIterator]();
  let rest: Buffer = Buffer.alloc(0);

  const more = async (): Promise<boolean> => {
    const next = await pieces.next();
    if (!next.done) rest = rest.length === 0 ? next.value : Buffer.concat([rest, next.value]);
    return !next.done;
  };
  const take = (bytes: number): Buffer => {
    const taken = rest.subarray(0, bytes);
    rest = rest.subarray(bytes);
    return taken;
  };
  const headLine = async (): Promise<string> => {
    while (!rest.includes(NEWLINE)) if (!(await more())) return '';
    const line = take(rest.indexOf(NEWLINE) + 1);
    return line.toString('latin1').trimEnd();
  };
  /** Bytes of the last blob that were not taken, and the newline behind it. */
  let left = 0;
  async function* body(): AsyncGenerator<Buffer> {
    while (left > 0) {
      if (rest.length === 0 && !(await more())) return;
      const piece = take(left);
      left -= piece.length;
      yield left === 0 ? piece.subarray(0, -1) : piece;
    }
  }

  return {
    /** The bytes of a blob, to be read before the next is asked for; undefined when it is not there. */
    async read(id: string): Promise<AsyncIterable<Buffer> | undefined> {
      // Somebody had enough of the last one.
      for await (const _ of body());
      git.input.write(`${id}\n`);
      const [, type, size] = (await headLine()).split(' ');
      if (type === undefined || size === undefined) return undefined;
      left = Number(size) + 1;
      return body();
    },
    close(): void {
      git.kill();
    },
  };
};

export type Blobs = ReturnType<typeof createBlobs>;

import type { FileHandle } from 'node:fs/promises';
import type { FileCursor } from './cursors.ts';
import { HEAD } from './open.ts';
import { unpacked } from './packing.ts';
import { createPour, type FlowStart, type FollowNeeds, RECALL } from './pour.ts';
import { type Reading, startOfFlow } from './reading.ts';

/** What was not read of a file before it was packed. */
export interface PackedRest {
  cursor(): FileCursor;
  /** Emits what comes next. Rejects as `emit`, `fs` and `zlib` do. */
  read(): Promise<'more' | 'end'>;
  close(): Promise<void>;
}

interface PackedFrom {
  /** With the packed one's number. */
  readonly cursor: FileCursor;
  /** Opens it, whatever it is called now. Rejects as `fs` does. */
  open(): Promise<PackedFile>;
}

export interface PackedFile {
  readonly place: string;
  readonly handle: FileHandle;
}

const TURN = 4 * 1024 * 1024;
const NOTHING: Buffer = Buffer.alloc(0);

/** Reads on where `cursor` stands; what fails is begun again there. */
export const followPacked = ({ open, cursor }: PackedFrom, needs: FollowNeeds): PackedRest => {
  let { at: durable, held } = cursor;
  let at = 0;
  const text = createText(open);
  const pour = createPour({
    ...needs,
    path: () => cursor.path,
    head: text.head,
    read: text.read,
    before: async (end) => text.before(end),
    previous: async () => NOTHING,
    moved(bytes, heldNow) {
      at += bytes.length;
      if (at > durable) [durable, held] = [at, heldNow];
    },
  });
  let begun = false;
  const close = async (): Promise<void> => {
    begun = false;
    await text.close();
  };
  return {
    cursor: () => ({ ...cursor, at: durable, held }),
    close,
    async read() {
      try {
        if (!begun) {
          const start = await text.begin({ durable, held });
          at = start.at;
          pour.begin({ ...start, told: false });
          begun = true;
        }
        for (let sum = 0; sum < TURN; ) {
          const length = await pour.put(text.rest());
          sum += length;
          text.drop(length);
          if (await text.more()) continue;
          await pour.end(text.rest());
          return 'end';
        }
        return 'more';
      } catch (error) {
        await close();
        throw error;
      }
    },
  };
};

/** The text that is packed there, from front to back. */
const createText = (open: PackedFrom['open']) => {
  let chunks: AsyncGenerator<Buffer> | undefined;
  /** What was unpacked and not dropped, where it stands, what stood before it, and how the text begins. */
  let rest = NOTHING;
  let at = 0;
  let before = NOTHING;
  let head = NOTHING;
  const more = async (): Promise<boolean> => {
    const { value } = (await chunks?.next()) ?? {};
    if (!value) return false;
    if (head.length < HEAD) head = Buffer.concat([head, value]).subarray(0, HEAD);
    rest = rest.length === 0 ? value : Buffer.concat([rest, value]);
    return true;
  };
  const drop = (length: number): void => {
    at += length;
    rest = rest.subarray(length);
  };
  return {
    more,
    drop,
    rest: () => rest,
    head: () => head,
    before: (end: number) => Buffer.concat([before, rest.subarray(0, end - at)]).subarray(-RECALL),
    read: (from: number, length: number) => (from < at ? NOTHING : rest.subarray(from - at, from - at + length)),
    /** Passes over what is durable; gives where the text goes on. */
    async begin({ durable, held }: Pick<Reading, 'durable' | 'held'>): Promise<FlowStart> {
      const { place, handle } = await open();
      chunks = unpacked(place, handle);
      [rest, at, before, head] = [NOTHING, 0, NOTHING, NOTHING];
      while (rest.length === 0 && (await more())) {
        const known = Math.min(rest.length, durable - at);
        before = Buffer.concat([before, rest.subarray(0, known)]).subarray(-RECALL);
        drop(known);
      }
      const start = startOfFlow(before, { durable: at, held });
      const kept = before.length - (at - start.at);
      rest = Buffer.concat([before.subarray(kept), rest]);
      before = before.subarray(0, kept);
      at = start.at;
      return start;
    },
    async close() {
      await chunks?.return(undefined);
      chunks = undefined;
    },
  };
};

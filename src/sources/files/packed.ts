import type { FileCursor, FileId } from './cursors.ts';
import { HEAD } from './open.ts';
import { unpacked } from './packing.ts';
import { createPour, type FollowNeeds, RECALL } from './pour.ts';

/** What was not read of a file before it was packed. */
export interface PackedRest {
  cursor(): FileCursor;
  /** Emits what comes next. Rejects as `emit`, `fs` and `zlib` do. */
  read(): Promise<'more' | 'end'>;
  close(): Promise<void>;
}

interface PackedFrom {
  readonly place: string;
  readonly id: FileId;
  readonly cursor: FileCursor;
}

const TURN = 4 * 1024 * 1024;
/** Further than any key reaches, in any encoding that is looked into. */
const OVERLAP = 16 * 1024;
const NEWLINE = 0x0a;
const NOTHING: Buffer = Buffer.alloc(0);

/** Reads on where `cursor` stands; what fails is begun again there. */
export const followPacked = ({ place, id, cursor }: PackedFrom, needs: FollowNeeds): PackedRest => {
  let durable = cursor.at;
  let at = 0;
  const text = createText(place);
  const pour = createPour({
    ...needs,
    path: () => cursor.path,
    head: text.head,
    read: text.read,
    before: async () => text.before(),
    previous: async () => NOTHING,
    moved(bytes) {
      at += bytes.length;
      durable = Math.max(durable, at);
    },
  });
  let begun = false;
  const close = async (): Promise<void> => {
    begun = false;
    await text.close();
  };
  return {
    cursor: () => ({ ...cursor, ...id, at: durable }),
    close,
    async read() {
      try {
        if (!begun) {
          at = await text.begin(durable);
          pour.begin(at, false);
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
const createText = (place: string) => {
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
    before: () => before,
    read: (from: number, length: number) => (from < at ? NOTHING : rest.subarray(from - at, from - at + length)),
    /** Passes over so much; gives where the text goes on: in the middle of a line as far back as a key may reach. */
    async begin(from: number): Promise<number> {
      chunks = unpacked(place);
      [rest, at, before, head] = [NOTHING, 0, NOTHING, NOTHING];
      while (rest.length === 0 && (await more())) {
        const known = Math.min(rest.length, from - at);
        before = Buffer.concat([before, rest.subarray(0, known)]).subarray(-RECALL);
        drop(known);
      }
      const back = at === 0 || before.at(-1) === NEWLINE ? NOTHING : before.subarray(-OVERLAP);
      rest = Buffer.concat([back, rest]);
      before = before.subarray(0, before.length - back.length);
      at -= back.length;
      return at;
    },
    async close() {
      await chunks?.return(undefined);
      chunks = undefined;
    },
  };
};

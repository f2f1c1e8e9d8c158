import { type FileId, isSame } from './cursors.ts';
import { createList, generationsOf, withoutGeneration } from './generations.ts';
import { lookAt, openFile, readAt } from './open.ts';
import { isPacked } from './packing.ts';
import { RECALL } from './pour.ts';
import type { Reading } from './reading.ts';

const NOTHING = Buffer.alloc(0);

/**
 * The last bytes of what stood before that file where it stands, or stood: the one of its generations that was written to
 * last before it was. Nothing of one that was packed already.
 */
export const endOfPrevious = async (id: FileId, { place, handle }: Reading): Promise<Buffer> => {
  const log = withoutGeneration(place);
  const places = [log, ...(await generationsOf(log, createList()))].filter((one) => !isPacked(one));
  const looks = places.map(async (one) => ({ one, look: await lookAt(one).catch(() => undefined) }));
  const all = await Promise.all(looks);
  const own = (await handle?.stat({ bigint: true }))?.mtimeNs ?? 0n;
  const [previous] = all
    .flatMap(({ one, look }) => (look && !isSame(look.id, id) && look.writtenAt <= own ? { one, ...look } : []))
    .toSorted((a, b) => Number(b.writtenAt - a.writtenAt));
  const file = previous && (await openFile(previous.one).catch(() => undefined));
  if (!file) return NOTHING;
  const { handle: its, size } = file;
  const end = await readAt(its, Math.max(0, size - RECALL), Math.min(size, RECALL)).catch(() => NOTHING);
  await its.close();
  return end;
};

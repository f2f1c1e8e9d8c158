import { basename, dirname, join } from 'node:path';
import { GivenUp } from '../waiting.ts';
import { type FileCursor, hashOf, nameOf } from './cursors.ts';
import { createList, type List, once } from './generations.ts';
import { HEAD, lookAt, openFile, readAt } from './open.ts';
import { beginningOf, isPacked } from './packing.ts';

/**
 * What stands beside files that went away. Very many may go at once, so each directory is listed once, each file there is
 * looked at once, and its beginning is read once, for all of them. Rejects with `GivenUp` when `stop` fires.
 */
export interface Siblings {
  readonly list: List;
  /**
   * Where that file stands in its directory, by its number, whatever it is called now: one that is packed, or one that is
   * not. The number of an empty one that went away is as a rule that of the next one that is packed.
   */
  placeOf(cursor: FileCursor, packed?: boolean): Promise<string | undefined>;
  /** The places of others whose names begin so and that begin as it did; what is packed, as it did before. */
  beginningAs(cursor: FileCursor, like: { readonly name: string; readonly packed: boolean }): Promise<Places>;
  /** Files may have come and gone: all of it is looked at anew when it is asked for. */
  renew(): void;
  /** How often it was. */
  renewed(): number;
}

type Places = readonly string[];

/** Asked of the system at once. */
const AT_ONCE = 64;
/** Lengths of beginnings for which it is remembered what begins so. */
const MOST_HEADS = 64;

export const createSiblings = (stop: AbortSignal): Siblings => {
  let seen = createSeen(stop);
  let renewed = 0;
  return {
    list: (dir) => seen.list(dir),
    async placeOf(cursor, packed = false) {
      const place = (await seen.byNumber(dirname(cursor.place))).get(nameOf(cursor));
      return place !== undefined && isPacked(place) === packed ? place : undefined;
    },
    async beginningAs({ place, head, headLength }, { name, packed }) {
      const heads = await seen.byHead({ dir: dirname(place), name, packed, length: headLength });
      return (heads.get(head) ?? []).filter((one) => basename(one) !== basename(place));
    },
    renew() {
      seen = createSeen(stop);
      renewed += 1;
    },
    renewed: () => renewed,
  };
};

interface Alike {
  readonly dir: string;
  readonly name: string;
  readonly packed: boolean;
  readonly length: number;
}

/** What was seen in one look. */
const createSeen = (stop: AbortSignal) => {
  const list = createList();
  const numbers = new Map<string, Promise<Map<string, string>>>();
  const begins = new Map<string, Promise<Buffer>>();
  const heads = new Map<string, Promise<Map<string, Places>>>();
  const unlessStopping = (): void => {
    if (stop.aborted) throw new GivenUp();
  };
  const lookAtAll = async (dir: string): Promise<Map<string, string>> => {
    const found = new Map<string, string>();
    const names = await list(dir);
    for (let i = 0; i < names.length; i += AT_ONCE) {
      unlessStopping();
      const places = names.slice(i, i + AT_ONCE).map((name) => join(dir, name));
      const looks = await Promise.all(places.map((one) => lookAt(one).catch(() => undefined)));
      for (const [n, one] of places.entries()) if (looks[n]) found.set(nameOf(looks[n].id), one);
    }
    return found;
  };
  const hashAll = async ({ dir, name, packed, length }: Alike): Promise<Map<string, Places>> => {
    const found = new Map<string, string[]>();
    for (const one of await list(dir)) {
      if (!one.startsWith(name) || isPacked(one) !== packed) continue;
      unlessStopping();
      const place = join(dir, one);
      const begin = await once(begins, place, () => beginOf(place).catch(() => Buffer.alloc(0)));
      if (begin.length < length) continue;
      const head = hashOf(begin.subarray(0, length));
      once(found, head, () => []).push(place);
    }
    return found;
  };
  return {
    list,
    byNumber: (dir: string) => once(numbers, dir, () => lookAtAll(dir)),
    byHead(alike: Alike) {
      if (heads.size > MOST_HEADS) heads.clear(); // Each may name all that stands there.
      return once(heads, JSON.stringify(alike), () => hashAll(alike));
    },
  };
};

const beginOf = async (place: string): Promise<Buffer> => {
  if (isPacked(place)) return (await beginningOf(place, HEAD)).begin;
  const file = await openFile(place);
  if (!file) return Buffer.alloc(0);
  return await readAt(file.handle, 0, HEAD).finally(() => file.handle.close());
};

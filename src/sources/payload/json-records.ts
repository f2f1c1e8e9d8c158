import type { LogPlace } from '../../core/origin.ts';
import { mergePlaces } from '../log-place.ts';
import { beginOf, rememberLast } from '../remember.ts';
import type { Payload } from './format.ts';
import { createJsonPass, endOfString, type Open } from './json-pass.ts';
import { slicesOf } from './slices.ts';

/** How a body of JSON holds its records: lists of groups, each with what all of its records say and a list of them. */
export interface JsonRecords {
  /** Name of the list of groups. */
  readonly groups: string;
  /** Name of the member of a group that says what all of its records say. */
  readonly about: string;
  /** Names of the lists that lead from a group to its records. */
  readonly lists: readonly string[];
  // Both of JSON text; of a long one, the beginning.
  placeOfGroup(about: Buffer): LogPlace;
  placeOfRecord(record: Buffer): LogPlace;
}

/** Longer records are read so far (bytes). */
const MOST = 256 * 1024;

/** The JSON value that begins at `from`, or so much of it as is read. */
const valueAt = (body: Buffer, from: number): Buffer => {
  const most = Math.min(body.length, from + MOST);
  let depth = 0;
  for (let at = from; at < most; at += 1) {
    const byte = body[at] ?? 0;
    if (depth === 0 && byte <= 0x20) continue;
    if (byte === 0x22) at = endOfString(body, at + 1);
    else if ((byte | 0x20) === 0x7b) depth += 1;
    else if ((byte | 0x20) === 0x7d) depth -= 1;
    if (depth === 0) return body.subarray(from, Math.min(at + 1, most));
  }
  return body.subarray(from, most);
};

/** A body of JSON: nothing of it is parsed but the records that were hit. */
export const createJsonRecords = (shape: JsonRecords): Payload => {
  let asked: { readonly body: Buffer; locate(offset: number): LogPlace | undefined } | undefined;
  return {
    texts: slicesOf,
    locate: (body, { offset }) => {
      if (asked?.body !== body) asked = { body, locate: createLocate(body, shape) };
      return asked.locate(offset);
    },
  };
};

const createLocate = (body: Buffer, shape: JsonRecords): ((offset: number) => LogPlace | undefined) => {
  const openAt = createJsonPass(body);
  const named = ({ nameFrom, nameTo }: Open, name: string): boolean =>
    nameTo - nameFrom === name.length && body.toString('latin1', nameFrom, nameTo) === name;
  const record = rememberLast(({ from }: Open) => shape.placeOfRecord(valueAt(body, from)), beginOf);
  const aboutOf = rememberLast((group: Open) => shape.placeOfGroup(memberIn(body, group.from, shape.about)), beginOf);

  return (offset) => {
    const opens = openAt(offset);
    const groups = opens.findIndex((open) => named(open, shape.groups));
    const group = groups < 0 ? undefined : opens[groups + 1];
    if (!group) return undefined;
    // Each list stands in an element of the one before.
    const isRecord = shape.lists.every((name, nth) => {
      const list = opens[groups + 2 + nth * 2];
      return list && named(list, name);
    });
    const found = isRecord ? opens[groups + 1 + shape.lists.length * 2] : undefined;
    return mergePlaces(found ? record(found) : {}, aboutOf(group));
  };
};

/** The named member of the object that begins at `from`, if it stands within reach: in front, or behind few records. */
const memberIn = (body: Buffer, from: number, name: string): Buffer => {
  let depth = 0;
  let text = '';
  for (let at = from; at < Math.min(body.length, from + MOST); at += 1) {
    const byte = body[at] ?? 0;
    if (byte === 0x22) {
      const end = endOfString(body, at + 1);
      text = depth === 1 && end - at - 1 === name.length ? body.toString('latin1', at + 1, end) : '';
      at = end;
    } else if (byte === 0x3a && depth === 1 && text === name) return valueAt(body, at + 1);
    else if ((byte | 0x20) === 0x7b) depth += 1;
    else if ((byte | 0x20) === 0x7d) depth -= 1;
    if (depth === 0) break; // What stands behind is said of the next one.
  }
  return body.subarray(0, 0);
};

import type { LogPlace } from '../../core/origin.ts';
import { mergePlaces, placeOfObject } from '../log-place.ts';
import { beginOf, rememberLast } from '../remember.ts';
import type { Payload } from './format.ts';
import { createPack, type Pack } from './pack.ts';
import { createPackBlank } from './pack-blank.ts';
import { decodePack } from './pack-decode.ts';
import { blankedSlices } from './slices.ts';

/**
 * What Fluent Bit's http output sends by default: `[time, record]` or `[[time, meta], record]`, one after the other, or
 * lists of records (https://docs.fluentbit.io/manual/concepts/data-pipeline/buffer, Fluentd's forward protocol).
 */
export const msgpack = (): Payload => {
  let asked: { readonly body: Buffer; locate(offset: number): LogPlace | undefined } | undefined;
  return {
    texts: (body) => blankedSlices(body, createPackBlank(body)),
    locate: (body, { offset }) => {
      if (asked?.body !== body) asked = { body, locate: createLocate(body) };
      return asked.locate(offset);
    },
  };
};

/** A map that is a record, and the value before it, which is its time if it is one. */
interface Found {
  readonly from: number;
  readonly before: number | undefined;
}

const createLocate = (body: Buffer): ((offset: number) => LogPlace | undefined) => {
  const pack = createPack(body);
  const find = createFind(body, pack);
  const placeOfFound = rememberLast(({ from, before }: Found): LogPlace => {
    const time = before === undefined ? undefined : stampIn(decodePack(body, pack, before));
    return mergePlaces(placeOfObject({ time }), placeOfObject(decodePack(body, pack, from)));
  }, beginOf);
  return (offset) => {
    const found = find(offset);
    return found && placeOfFound(found);
  };
};

/** The time in `time` or `[time, meta]`; what stands before a record may be another record. */
const stampIn = (value: unknown): number | undefined => {
  const time: unknown = Array.isArray(value) ? value[0] : value;
  return typeof time === 'number' ? time : undefined;
};

/** How far the values of one list were passed over: the next is at `at`, the one before it began at `before`. */
interface Cursor {
  readonly list: number;
  readonly at: number;
  readonly nth: number;
  readonly before: number | undefined;
}

const MOST_LISTS = 8;

/** Finds the record around a place; remembers what was passed over, so that ascending places cost one pass in all. */
const createFind = (body: Buffer, pack: Pack): ((offset: number) => Found | undefined) => {
  const cursors: Cursor[] = [];
  /** Where the last value ended that was asked for: to skip a list is to pass over all of it. */
  const ends: { readonly at: number; readonly end: number }[] = [];
  const endOf = (at: number, level: number): number => {
    const known = ends[level];
    if (known?.at === at) return known.end;
    const end = pack.skip(at);
    ends[level] = { at, end };
    return end;
  };
  /** The value of a list in which the place stands: what begins at `list` has `count` values, the first at `first`. */
  const step = (start: Cursor, { count, level, offset }: { count: number; level: number; offset: number }) => {
    const known = cursors[level];
    let cursor = known?.list === start.list && known.at <= offset ? known : start;
    while (cursor.nth < count && cursor.at < body.length) {
      const end = endOf(cursor.at, level);
      if (end < 0) return undefined;
      if (offset < end) break;
      cursor = { list: cursor.list, at: end, nth: cursor.nth + 1, before: cursor.at };
    }
    cursors[level] = cursor;
    return cursor.nth < count && cursor.at < body.length ? cursor : undefined;
  };

  return (offset) => {
    let start: Cursor = { list: -1, at: 0, nth: 0, before: undefined };
    let count = Number.POSITIVE_INFINITY;
    for (let level = 0; level < MOST_LISTS; level += 1) {
      const cursor = step(start, { count, level, offset });
      if (!cursor || !pack.read(cursor.at)) return undefined;
      const { kind, to } = pack.head;
      if (kind === 'map') return { from: cursor.at, before: cursor.nth > 0 && level > 0 ? cursor.before : undefined };
      if (kind !== 'array') return undefined;
      start = { list: cursor.at, at: to, nth: 0, before: undefined };
      count = pack.head.count;
    }
    return undefined;
  };
};

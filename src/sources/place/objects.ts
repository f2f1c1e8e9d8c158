import { createJsonPass, endOfString, type Open } from '../payload/json-pass.ts';
import type { Span } from '../payload/span.ts';
import { beginOf, rememberLast } from '../remember.ts';
import { firstFrom, lastBefore } from './next-record.ts';

/** An object of JSON. What has no end, or is longer than is read, says only what stands before its first list of objects. */
export interface JsonSpan extends Span {
  readonly isWhole: boolean;
}

const [QUOTE, COLON, LIST, OPENS, CLOSES] = [0x22, 0x3a, 0x5b, 0x7b, 0x7d];
/** Longer objects are read so far (bytes). */
const MOST = 256 * 1024;
/** What shippers call the list of records in the object that they send. */
const LISTS = /^(?:records|events|logs|logevents|log_events|entries|items|lines|batch|data)$/i;

/**
 * The record around places of JSON, the outermost object there; or the record in a list of them, behind the object that holds
 * the list. Asked in ascending order it costs one pass in all.
 */
export const createObjects = (bytes: Buffer, { from: base, to }: Span): ((at: number) => readonly JsonSpan[]) => {
  const body = bytes.subarray(base, to);
  const openAt = createJsonPass(body);
  const remembered = () => rememberLast(({ from }: Open) => objectAt(body, from), beginOf);
  const [outermost, inner] = [remembered(), remembered()];
  const moved = (span: JsonSpan): JsonSpan => ({ ...span, from: base + span.from, to: base + span.to });

  return (at) => {
    const opens = openAt(at - base);
    const [first] = opens;
    // A member of something that began before: no record.
    if (!first || body[lastBefore(body, first.from)] === COLON) return [];
    const nth = opens.findIndex(({ from }) => body[from] === OPENS);
    const [outer, list, record] = nth < 0 ? [] : opens.slice(nth);
    if (!outer) return [];
    const isListed = list && record && body[record.from] === OPENS && isList(body, list);
    return [outermost(outer), ...(isListed ? [inner(record)] : [])].map(moved);
  };
};

const isList = (body: Buffer, { from, nameFrom, nameTo }: Open): boolean =>
  body[from] === LIST &&
  nameFrom >= 0 &&
  LISTS.test(body.toString('latin1', nameFrom, Math.min(nameTo, nameFrom + 16)));

const objectAt = (body: Buffer, from: number): JsonSpan => {
  const most = Math.min(body.length, from + MOST);
  let depth = 0;
  for (let at = from; at < most; at += 1) {
    const byte = body[at];
    if (byte === QUOTE) at = endOfString(body, at + 1);
    else if (byte === OPENS) depth += 1;
    else if (byte === CLOSES) depth -= 1;
    if (depth === 0) return { from, to: at + 1, isWhole: true };
  }
  return { from, to: firstList(body, from, most), isWhole: false };
};

const firstList = (body: Buffer, from: number, most: number): number => {
  for (let at = from; ; at += 1) {
    at = body.indexOf(LIST, at);
    if (at < 0 || at >= most) return most;
    if (body[firstFrom(body, at + 1)] === OPENS) return at;
  }
};

import type { LogPlace } from '../core/origin.ts';
import type { Span } from './payload/span.ts';
import { flatten } from './place/flatten.ts';
import { mergePlaces, placeOfSaid } from './place/names.ts';
import { parsedJson } from './place/parsed.ts';
import { createRecords, type Lines } from './place/records.ts';
import { shapeOf } from './place/shapes.ts';
import { beginOf, rememberLast } from './remember.ts';

export { mergePlaces };

/** Longer lines are read so far (bytes). */
const MOST = 256 * 1024;
/** A line in a record in a line: Docker's JSON around syslog around JSON. */
const MOST_LAYERS = 4;

const NOTHING: LogPlace = {};

interface Reading {
  readonly layer: number;
  /** Epoch ms. */
  readonly near: number | undefined;
}

/**
 * What one line of a log says of where it comes from: JSON, logfmt, Docker's json-file, CRI, journald's export, syslog,
 * or a time at its start. Nothing is trusted and nothing is demanded: a line of no known shape says nothing. `near`: when
 * it came (epoch ms), which tells the year of times that are written without one.
 */
export const placeOf = (line: Uint8Array, near?: number): LogPlace =>
  readText(Buffer.from(line.buffer, line.byteOffset, Math.min(line.length, MOST)).toString(), { layer: 0, near });

/** The same of a record that was decoded already. Lists of `{ key, value }` are read as OTLP means them. */
export const placeOfObject = (value: unknown, near?: number): LogPlace => readValue(value, { layer: 0, near });

export interface PlaceAtNeeds extends Lines {
  readonly read?: (record: Uint8Array) => LogPlace;
}

/** What the records of a text say, by a place in them: each is read once, and told with what holds it. */
export const createPlaceAt = (bytes: Buffer, { read = placeOf, ...lines }: PlaceAtNeeds = {}) => {
  const recordsAt = createRecords(bytes, lines);
  const remembered = () => rememberLast(({ from, to }: Span) => read(bytes.subarray(from, to)), beginOf);
  const [alone, holder] = [remembered(), remembered()];
  // Of two alike the outer one counts, as within a record.
  const held = rememberLast(
    ({ outer, inner }: { outer: Span; inner: Span }) =>
      mergePlaces(holder(outer), read(bytes.subarray(inner.from, inner.to))),
    ({ inner }) => inner.from,
  );
  return (at: number): LogPlace => {
    const [outer, inner] = recordsAt(at);
    if (!outer) return NOTHING;
    return inner ? held({ outer, inner }) : alone(outer);
  };
};

const readText = (text: string, reading: Reading): LogPlace => {
  const trimmed = text.replace(/^\s{0,64}(?:@cee: ?)?/, '');
  const value = trimmed.startsWith('{') ? parsedJson(trimmed) : undefined;
  if (value !== undefined) return readValue(value, reading);
  const { said, rest } = shapeOf(trimmed, reading.near);
  const place = placeOfSaid(said, reading.near);
  return rest === undefined ? place : mergePlaces(place, deeper(rest, reading));
};

const readValue = (value: unknown, reading: Reading): LogPlace => {
  if (typeof value !== 'object' || value === null) return {};
  const { said, lines } = flatten(value);
  return mergePlaces(placeOfSaid(said, reading.near), ...lines.slice(0, 4).map((line) => deeper(line, reading)));
};

const deeper = (text: string, { layer, near }: Reading): LogPlace =>
  layer < MOST_LAYERS ? readText(text.slice(0, MOST), { layer: layer + 1, near }) : {};

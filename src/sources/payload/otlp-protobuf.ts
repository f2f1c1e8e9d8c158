import type { LogPlace } from '../../core/origin.ts';
import { mergePlaces, placeOfObject } from '../log-place.ts';
import type { Payload } from './format.ts';
import { otlpLogs } from './schema.ts';
import type { Span } from './span.ts';
import { fieldsOf, varintOf } from './wire-find.ts';
import { createWirePayload } from './wire-payload.ts';

/** An OTLP/HTTP body as protobuf: https://opentelemetry.io/docs/specs/otlp/#otlphttp */
export const otlpProtobuf = (): Payload =>
  createWirePayload({ schema: otlpLogs, path: [1, 2, 2], placeOfGroup, placeOfRecord });

const MOST_DEPTH = 6;
const MOST_MEMBERS = 1_024;
/** Longer texts are read so far (bytes). */
const MOST_TEXT = 256 * 1024;

type Members = Record<string, unknown>;

const textOf = (body: Buffer, { from, to }: Span): string =>
  body.toString('utf8', from, Math.min(to, from + MOST_TEXT));

const placeOfGroup = (body: Buffer, group: Span): LogPlace => {
  for (const { number, wire, ...span } of fieldsOf(body, group)) {
    if (number === 1 && wire === 2) return placeOfObject(membersOf(body, span, { list: 1, depth: 0 }));
  }
  return {};
};

const placeOfRecord = (body: Buffer, record: Span): LogPlace => {
  const head: Members = Object.create(null);
  for (const { number, wire, ...span } of fieldsOf(body, record)) {
    if (number === 1 && wire === 1) head['timeUnixNano'] = Number(body.readBigUInt64LE(span.from));
    if (number === 11 && wire === 1) head['observedTimeUnixNano'] = Number(body.readBigUInt64LE(span.from));
    if (number === 9 && wire === 2)
      head['traceId'] = body.toString('hex', span.from, Math.min(span.to, span.from + 16));
    if (number === 5 && wire === 2) head['body'] = anyValueOf(body, span, 0);
  }
  return mergePlaces(placeOfObject(head), placeOfObject(membersOf(body, record, { list: 6, depth: 0 })));
};

interface List {
  /** The number of the field that repeats. */
  readonly list: number;
  readonly depth: number;
}

/** The KeyValues in a message, as one object. */
const membersOf = (body: Buffer, message: Span, { list, depth }: List): Members => {
  const members: Members = Object.create(null);
  let left = MOST_MEMBERS;
  for (const { number, wire, ...pair } of fieldsOf(body, message)) {
    if (number !== list || wire !== 2) continue;
    left -= 1;
    if (left < 0) break;
    let [name, value]: [string, unknown] = ['', undefined];
    for (const field of fieldsOf(body, pair)) {
      if (field.wire === 2 && field.number === 1) name = textOf(body, field);
      if (field.wire === 2 && field.number === 2) value = anyValueOf(body, field, depth);
    }
    members[name] ??= value;
  }
  return members;
};

/** Text, a list of members or, of whole numbers, the varint; another value tells nothing of a place. */
const anyValueOf = (body: Buffer, value: Span, depth: number): unknown => {
  for (const { number, wire, ...span } of fieldsOf(body, value)) {
    if (number === 3 && wire === 0) return varintOf(body, span);
    if (wire !== 2) continue;
    if (number === 1) return textOf(body, span);
    if (number === 6) return depth < MOST_DEPTH ? membersOf(body, span, { list: 1, depth: depth + 1 }) : undefined;
  }
  return undefined;
};

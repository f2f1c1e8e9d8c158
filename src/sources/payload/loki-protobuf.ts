import type { LogPlace } from '../../core/origin.ts';
import { mergePlaces, placeOf, placeOfObject } from '../log-place.ts';
import type { Payload } from './format.ts';
import { labelsOf } from './loki-labels.ts';
import { lokiPush } from './schema.ts';
import type { Span } from './span.ts';
import { fieldsOf, varintOf } from './wire-find.ts';
import { createWirePayload } from './wire-payload.ts';

/** A push to Loki as protobuf, unpacked: https://grafana.com/docs/loki/latest/reference/loki-http-api/#ingest-logs */
export const lokiProtobuf = (): Payload =>
  createWirePayload({ schema: lokiPush, path: [1, 2], placeOfGroup, placeOfRecord });

const MOST_LABELS_BYTES = 64 * 1024;
const MOST_PAIRS = 256;

const placeOfGroup = (body: Buffer, stream: Span): LogPlace => {
  for (const { number, wire, from, to } of fieldsOf(body, stream)) {
    if (number !== 1 || wire !== 2) continue;
    return placeOfObject(labelsOf(body.toString('utf8', from, Math.min(to, from + MOST_LABELS_BYTES))));
  }
  return {};
};

const placeOfRecord = (body: Buffer, entry: Span): LogPlace => {
  const pairs: Record<string, string> = Object.create(null);
  let [time, line]: [number | undefined, LogPlace] = [undefined, {}];
  let left = MOST_PAIRS;
  for (const { number, wire, ...span } of fieldsOf(body, entry)) {
    if (wire !== 2) continue;
    if (number === 1) time = timeOfTimestamp(body, span);
    if (number === 2) line = placeOf(body.subarray(span.from, span.to));
    if (number !== 3 || left === 0) continue;
    left -= 1;
    const [name = '', value = ''] = textsIn(body, span);
    pairs[name] ??= value;
  }
  return mergePlaces(placeOfObject({ time }), placeOfObject(pairs), line);
};

const textsIn = (body: Buffer, pair: Span): readonly string[] => {
  const texts: string[] = [];
  for (const { number, from, to } of fieldsOf(body, pair)) {
    if (number === 1 || number === 2) texts[number - 1] = body.toString('utf8', from, Math.min(to, from + 4_096));
  }
  return texts;
};

/** Seconds, with the nanoseconds that count for milliseconds. */
const timeOfTimestamp = (body: Buffer, timestamp: Span): number => {
  const parts = [0, 0];
  for (const { number, ...span } of fieldsOf(body, timestamp)) {
    if (number === 1 || number === 2) parts[number - 1] = varintOf(body, span);
  }
  const [seconds = 0, nanos = 0] = parts;
  return seconds * 1_000 + Math.floor(nanos / 1_000_000);
};

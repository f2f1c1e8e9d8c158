import type { LogPlace } from '../../core/origin.ts';
import { mergePlaces, placeOf, placeOfObject } from '../log-place.ts';
import { parsedJson } from '../place/parsed.ts';
import type { Payload } from './format.ts';
import { createJsonRecords } from './json-records.ts';

/** A push to Loki as JSON: https://grafana.com/docs/loki/latest/reference/loki-http-api/#ingest-logs */
export const lokiJson = (): Payload =>
  createJsonRecords({
    groups: 'streams',
    about: 'stream',
    lists: ['values'],
    placeOfGroup: (text) => placeOf(text),
    placeOfRecord,
  });

/** `[nanoseconds, line, structured metadata]`. */
const placeOfRecord = (text: Buffer): LogPlace => {
  const value = parsedJson(text.toString());
  if (!Array.isArray(value)) return placeOf(text);
  const [time, line, metadata]: readonly unknown[] = value;
  const said = typeof line === 'string' ? placeOf(Buffer.from(line)) : {};
  return mergePlaces(placeOfObject({ time }), placeOfObject(metadata), said);
};

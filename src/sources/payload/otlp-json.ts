import { placeOf } from '../log-place.ts';
import type { Payload } from './format.ts';
import { createJsonRecords } from './json-records.ts';

/** An OTLP/HTTP body as JSON: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding */
export const otlpJson = (): Payload =>
  createJsonRecords({
    groups: 'resourceLogs',
    about: 'resource',
    lists: ['scopeLogs', 'logRecords'],
    placeOfGroup: (text) => placeOf(text),
    placeOfRecord: (text) => placeOf(text),
  });

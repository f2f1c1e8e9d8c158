import { lokiJson } from '../payload/loki-json.ts';
import { lokiProtobuf } from '../payload/loki-protobuf.ts';
import { unpackedLength, unpackSnappy } from '../payload/snappy.ts';
import { type Dialect, type Reading, type Route, typeOf } from './dialect.ts';
import { plainly } from './refusal.ts';

const PROTOBUF = 'application/x-protobuf';
// Some clients take nothing else for a success.
const accepted = () => ({ status: 204 });

/** Loki's push API: https://grafana.com/docs/loki/latest/reference/loki-http-api/#ingest-logs. 204: durable. */
export const lokiRoutes = (mostBytes: number): readonly Route[] => {
  const kinds: Readonly<Partial<Record<string, () => Reading>>> = {
    'application/json': () => ({ payload: lokiJson(), accepted }),
    [PROTOBUF]: () => ({
      payload: lokiProtobuf(),
      unpack: { length: unpackedLength, undo: (body) => unpackSnappy(body, mostBytes) },
      accepted,
    }),
  };
  const dialect: Dialect = {
    kinds: 'application/json or application/x-protobuf',
    // The block format of snappy is part of the protobuf kind, whether a header says so or not.
    passes: ['snappy'],
    // As Loki itself takes it.
    reading: (call) => kinds[typeOf(call) || PROTOBUF]?.(),
    refused: plainly,
  };
  return [
    { methods: ['POST'], path: '/loki/api/v1/push', dialect },
    { methods: ['GET'], path: '/ready', dialect, open: true, reply: () => ({ status: 200, body: 'ready\n' }) },
  ];
};

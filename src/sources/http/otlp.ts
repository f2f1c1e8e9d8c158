import type { IngressCall, Reply } from '../../core/ingress.ts';
import { otlpJson } from '../payload/otlp-json.ts';
import { otlpProtobuf } from '../payload/otlp-protobuf.ts';
import { type Dialect, type Route, typeOf } from './dialect.ts';
import { jsonReply, type Refusal, type Why } from './refusal.ts';

const JSON_TYPE = 'application/json';
const PROTOBUF_TYPE = 'application/x-protobuf';

/** Codes of google.rpc.Status: https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto */
const CODES: Readonly<Partial<Record<Why, number>>> = { 'no-token': 16, 'wrong-token': 16, limited: 8, busy: 14 };
const INVALID_ARGUMENT = 3;

/** google.rpc.Status { 1: int32 code, 2: string message }, of a message of less than 128 bytes. */
const statusBytes = (code: number, message: string): Uint8Array => {
  const text = Buffer.from(message).subarray(0, 127);
  return Buffer.concat([Buffer.of(0x08, code, 0x12, text.length), text]);
};

const refused = ({ why, status, text, headers }: Refusal, call: IngressCall): Reply => {
  const code = CODES[why] ?? INVALID_ARGUMENT;
  if (typeOf(call) !== PROTOBUF_TYPE) return jsonReply(status, { code, message: text }, headers);
  return { status, headers: { ...headers, 'content-type': PROTOBUF_TYPE }, body: statusBytes(code, text) };
};

/** OTLP/HTTP: https://opentelemetry.io/docs/specs/otlp/#otlphttp. Logs alone: traces and metrics are no log lines. */
export const otlpRoutes = (): readonly Route[] => {
  const dialect: Dialect = {
    kinds: `${PROTOBUF_TYPE} or ${JSON_TYPE}`,
    reading(call) {
      if (typeOf(call) === JSON_TYPE) return { payload: otlpJson(), accepted: () => jsonReply(200, {}) };
      if (typeOf(call) !== PROTOBUF_TYPE) return undefined;
      const reply = { status: 200, headers: { 'content-type': PROTOBUF_TYPE } };
      return { payload: otlpProtobuf(), accepted: () => reply };
    },
    refused,
  };
  return [{ methods: ['POST'], path: '/v1/logs', dialect }];
};

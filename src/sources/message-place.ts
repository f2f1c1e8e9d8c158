import type { HeaderValue, LogMessage } from '../core/log-topics.ts';
import type { LogPlace } from '../core/origin.ts';
import { formatOf } from './files/formats.ts';
import { createPlaceAt, mergePlaces, placeOf, placeOfObject } from './log-place.ts';
import { otlpJson } from './payload/otlp-json.ts';
import { otlpProtobuf } from './payload/otlp-protobuf.ts';
import { isText } from './payload/text-bytes.ts';
import { lastBefore } from './place/next-record.ts';
import { createRecords } from './place/records.ts';

/** A place in a text of a message, as that was scanned. */
export interface Hit {
  readonly text: Uint8Array;
  readonly offset: number;
  readonly length: number;
}

type Told = (hit: Hit) => LogPlace;

/**
 * What a message of Kafka says of itself where something was found: the record there of its value, which may hold many. Of the
 * last text that was asked about it is remembered what was read.
 */
export const createPlaceIn = () => {
  let last: { readonly message: LogMessage; readonly text: Uint8Array; readonly told: Told } | undefined;
  return (message: LogMessage, hit: Hit): LogPlace => {
    if (last?.message !== message || !isSame(last.text, hit.text)) {
      last = { message, text: hit.text, told: createTold(message, viewOf(hit.text)) };
    }
    return last.told(hit);
  };
};

const viewOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
const isSame = (one: Uint8Array, other: Uint8Array): boolean =>
  one.buffer === other.buffer && one.byteOffset === other.byteOffset && one.length === other.length;

const createTold = ({ value, headers }: LogMessage, text: Buffer): Told => {
  const body = viewOf(value ?? new Uint8Array());
  const isBody = body.equals(text);
  const inOtlp = createInOtlp(body, isBody);
  const placeAt = createPlaceAt(text, linesOf(text));
  const more = mergePlaces(isBody ? {} : placeOfOne(body), traceOf(headers['traceparent']));
  return (hit) => mergePlaces(inOtlp(hit), placeAt(hit.offset), more);
};

const linesOf = (text: Buffer) => ({ end: formatOf(text).end });

/** What a value says that holds one record alone: of more of them a key or a header may belong to any. */
const placeOfOne = (body: Buffer): LogPlace => {
  const last = lastBefore(body, body.length);
  if (last < 0 || !isText(body)) return {};
  const [record, ...more] = createRecords(body, linesOf(body))(last);
  const isOne = record?.from === 0 && record.to > last && more.length === 0;
  return isOne ? placeOf(body) : {};
};

const OTLP_JSON = /^\s{0,64}\{\s{0,64}"resourceLogs"/;
const FIRST_FIELD = 0x0a;

/** A batch as the OpenTelemetry Collector writes it. In protobuf, texts are taken out of the value: their bytes are looked for. */
const createInOtlp = (body: Buffer, isBody: boolean): Told => {
  const isJson = OTLP_JSON.test(body.toString('latin1', 0, 256));
  if (!isJson && body[0] !== FIRST_FIELD) return () => ({});
  const payload = isJson ? otlpJson() : otlpProtobuf();
  let passed = 0;
  return ({ text, offset, length }) => {
    const found = text.subarray(offset, offset + length);
    const behind = isBody ? offset : body.indexOf(found, passed);
    const at = behind < 0 ? body.indexOf(found) : behind;
    if (at < 0) return {};
    passed = at;
    return payload.locate(body, { offset: at, length }) ?? {};
  };
};

/** https://www.w3.org/TR/trace-context/#traceparent-header */
const traceOf = (header: LogMessage['headers'][string]): LogPlace => {
  const [first]: readonly HeaderValue[] = [header ?? []].flat();
  return first === undefined ? {} : placeOfObject({ traceparent: Buffer.from(first as string).toString() });
};

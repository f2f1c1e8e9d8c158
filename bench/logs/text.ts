import { createRandom, HEX } from '../truth/random.ts';

/** One key in so many lines. */
const LINES_PER_KEY = 10_000;

export interface LogText {
  readonly bytes: Buffer;
  readonly lines: number;
  readonly keys: number;
}

/** Lines of about 200 bytes as services write them, a key in one of 10,000; `key` makes one. */
export const makeLines = (length: number, key: () => string): LogText => {
  const random = createRandom(7);
  const parts: string[] = [];
  let [size, keys] = [0, 0];
  while (size < length) {
    const holds = parts.length % LINES_PER_KEY === LINES_PER_KEY / 2;
    const line = lineOf(parts.length, { random, ...(holds && { key: key() }) });
    keys += holds ? 1 : 0;
    size += line.length;
    parts.push(line);
  }
  return { bytes: joined(parts), lines: parts.length, keys };
};

interface Words {
  readonly random: ReturnType<typeof createRandom>;
  readonly key?: string;
}

const lineOf = (number: number, { random, key }: Words): string => {
  const time = new Date(1_790_000_000_000 + number * 3).toISOString();
  const method = random.pick(['GET', 'POST', 'PUT']);
  const trace = random.text(HEX, 32);
  const end = key ? `token=${key}` : `user=${random.int(1e6)} agent="curl/8.5.0"`;
  return `${time} INFO api-${random.int(9)} http.server: ${method} /v1/orders/${random.int(1e6)}?page=${random.int(40)} status=${random.pick([200, 204, 304, 404])} took=${random.int(900)}ms bytes=${random.int(1e5)} trace_id=${trace} ${end}\n`;
};

const AT_ONCE = 100_000;

/** Together they may be longer than any string. */
const joined = (parts: readonly string[]): Buffer => {
  const bytes: Buffer[] = [];
  for (let at = 0; at < parts.length; at += AT_ONCE) bytes.push(Buffer.from(parts.slice(at, at + AT_ONCE).join('')));
  return Buffer.concat(bytes);
};

/** The same lines as NDJSON. */
export const asNdjson = ({ bytes }: LogText): Buffer =>
  Buffer.from(
    linesOf(bytes)
      .map((msg) => `{"level":30,"service":"orders","msg":${JSON.stringify(msg)}}\n`)
      .join(''),
  );

/** The same lines as syslog, RFC 5424; octet-counted, or a line each. */
export const asSyslog = ({ bytes }: LogText, framing: 'counted' | 'lines'): Buffer =>
  joined(
    linesOf(bytes)
      .map((msg) => `<134>1 2026-11-28T10:00:00.003Z web-1 orders 4711 - - ${msg}`)
      .map((message) => (framing === 'counted' ? `${Buffer.byteLength(message)} ${message}` : `${message}\n`)),
  );

const linesOf = (bytes: Buffer): readonly string[] => bytes.toString().trimEnd().split('\n');

/** The same lines as one OTLP body, JSON. */
export const asOtlpJson = ({ bytes }: LogText): Buffer =>
  Buffer.from(
    JSON.stringify({
      resourceLogs: [
        {
          resource: { attributes: [{ key: 'service.name', value: { stringValue: 'orders' } }] },
          scopeLogs: [
            { logRecords: linesOf(bytes).map((stringValue) => ({ timeUnixNano: TIME, body: { stringValue } })) },
          ],
        },
      ],
    }),
  );

const TIME = '1790000000000000000';

/** The same as protobuf (opentelemetry-proto logs/v1). */
export const asOtlpProtobuf = ({ bytes }: LogText): Buffer => {
  const attribute = Buffer.concat([field(1, Buffer.from('service.name')), field(2, field(1, Buffer.from('orders')))]);
  const records = linesOf(bytes).map((line) =>
    field(2, Buffer.concat([fixed64(1), field(5, field(1, Buffer.from(line))), field(6, attribute)])),
  );
  return field(1, Buffer.concat([field(1, field(1, attribute)), field(2, Buffer.concat(records))]));
};

const field = (number: number, content: Buffer): Buffer =>
  Buffer.concat([Buffer.from([(number << 3) | 2]), varint(content.length), content]);

const fixed64 = (number: number): Buffer => {
  const bytes = Buffer.alloc(9);
  bytes[0] = (number << 3) | 1;
  bytes.writeBigUInt64LE(BigInt(TIME), 1);
  return bytes;
};

const varint = (value: number): Buffer => {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest >>>= 7) bytes.push((rest & 127) | 128);
  return Buffer.from([...bytes, rest]);
};

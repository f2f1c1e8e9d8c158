/** What is known of a message of protobuf. Content of a field that is no message is text: it is scanned, whatever it is. */
interface Message {
  /** Numbers of the fields that are messages, and which. */
  readonly messages?: Readonly<Record<number, string>>;
  /** The field that is the value, where another is its name: a `=` is put between them, for keys that are told by a name. */
  readonly value?: number;
}

/** The same as tables, since every field of a body is looked up. */
export interface Schema {
  /** Kind of the message that a field is: `children[kind * WIDTH + number]`; 0 for none. */
  readonly children: Uint8Array;
  /** Number of the value's field, by kind; 0 for none. */
  readonly values: Uint8Array;
}

/** Higher numbers are no messages in any of these. */
export const WIDTH = 16;
/** The kind of a whole body. */
export const ROOT = 1;

const schemaOf = (table: Readonly<Record<string, Message>>): Schema => {
  const names = ['', ...Object.keys(table)];
  const children = new Uint8Array(names.length * WIDTH);
  const values = new Uint8Array(names.length);
  for (const [name, { messages = {}, value = 0 }] of Object.entries(table)) {
    const kind = names.indexOf(name);
    values[kind] = value;
    for (const [number, child] of Object.entries(messages)) {
      children[kind * WIDTH + Number(number)] = names.indexOf(child);
    }
  }
  return { children, values };
};

/**
 * https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/logs/v1/logs.proto
 * https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/common/v1/common.proto
 */
export const otlpLogs = schemaOf({
  request: { messages: { 1: 'resourceLogs' } },
  resourceLogs: { messages: { 1: 'resource', 2: 'scopeLogs' } },
  resource: { messages: { 1: 'keyValue' } },
  scopeLogs: { messages: { 1: 'scope', 2: 'logRecord' } },
  scope: { messages: { 3: 'keyValue' } },
  logRecord: { messages: { 5: 'anyValue', 6: 'keyValue' } },
  anyValue: { messages: { 5: 'arrayValue', 6: 'keyValueList' } },
  arrayValue: { messages: { 1: 'anyValue' } },
  keyValueList: { messages: { 1: 'keyValue' } },
  keyValue: { messages: { 2: 'anyValue' }, value: 2 },
});

/** https://github.com/grafana/loki/blob/main/pkg/push/push.proto */
export const lokiPush = schemaOf({
  request: { messages: { 1: 'stream' } },
  stream: { messages: { 2: 'entry' } },
  entry: { messages: { 1: 'timestamp', 3: 'labelPair' } },
  timestamp: {},
  labelPair: { value: 2 },
});

const LONGEST = 8192;
const DEEPEST = 6;
const WIDEST = 100;

/** Headers and fields whose value is secret whatever it looks like, in small letters. */
const secretByName: ReadonlySet<string> = new Set([
  'authorization',
  'proxy-authorization',
  'cookie',
  'set-cookie',
  'x-api-key',
  'x-hub-signature',
  'x-hub-signature-256',
  'password',
  'secret',
  'token',
  'privatekey',
  'apikey',
]);

const short = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);

const ofError = (error: Error, depth: number): Record<string, unknown> => ({
  type: error.name,
  message: short(error.message),
  ...('code' in error ? { code: plain(error.code, depth + 1) } : {}),
  stack: short(error.stack ?? ''),
  ...(error.cause === undefined ? {} : { cause: plain(error.cause, depth + 1) }),
  ...(error instanceof AggregateError ? { errors: plain(error.errors, depth + 1) } : {}),
});

/** What an object says of itself (`Secret`, Date, URL, …), if it does; a getter that throws says nothing. */
const spoken = (value: object): unknown => {
  const toJson = 'toJSON' in value ? value.toJSON : undefined;
  return typeof toJson === 'function' ? toJson.call(value) : undefined;
};

const field = (name: string, value: unknown, depth: number): readonly [string, unknown] => [
  name,
  value !== undefined && secretByName.has(name.toLowerCase()) ? '[redacted]' : plain(value, depth),
];

const ofObject = (value: object, depth: number): unknown => {
  if (value instanceof Error) return ofError(value, depth);
  // Bytes may be key bytes, in a form that no pattern would know again.
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`;
  if (depth > DEEPEST) return '[deep]';
  const said = spoken(value);
  if (said !== undefined) return plain(said, depth + 1);
  if (Array.isArray(value) || value instanceof Set) {
    return [...value].slice(0, WIDEST).map((item) => plain(item, depth + 1));
  }
  const entries = value instanceof Map ? [...value] : Object.entries(value);
  return Object.fromEntries(entries.slice(0, WIDEST).map(([key, item]) => field(String(key), item, depth + 1)));
};

/**
 * A plain, bounded copy of a field, safe to turn into JSON: secrets say `[secret]`, what is secret by its name `[redacted]`,
 * bytes only their number, errors keep message, stack and cause.
 */
export const plain = (value: unknown, depth = 0): unknown => {
  try {
    if (typeof value === 'string') return short(value);
    if (typeof value === 'bigint' || typeof value === 'symbol') return String(value);
    if (typeof value === 'function') return '[function]';
    return typeof value === 'object' && value !== null ? ofObject(value, depth) : value;
  } catch {
    return '[unreadable]';
  }
};

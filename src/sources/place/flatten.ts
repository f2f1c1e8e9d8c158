import type { Said } from './names.ts';

/** More names, deeper names or longer values tell nothing of a place. */
const MOST_NAMES = 2_048;
const MOST_DEPTH = 6;
const MOST_TEXT = 1_024;

/** Objects that only hold the names: `resource.attributes.host.name` is `host.name`. */
const WRAPPERS = new Set([
  ...['resource', 'attributes', 'fields', 'event', 'attrs', 'labels', 'stream', 'log', 'extra', 'context', 'ctx'],
  ...['meta', 'metadata', 'mdc', 'contextmap', 'properties', 'message', 'body', 'spancontext', 'jsonpayload'],
  ...['doc', 'upsert'],
]);

/** The members of a record in which the program's own line stands. */
const LINES = ['log', 'message', 'msg', 'event', 'line', 'body', 'textpayload', 'short_message'];

interface Step {
  readonly path: string;
  readonly depth: number;
  readonly value: object;
}

const normal = (key: string): string =>
  key
    .slice(0, 128)
    .toLowerCase()
    .replace(/^[_@]+/, '');

/** The value in an OTLP AnyValue: `{ stringValue: … }`. */
const bareValue = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const list = memberOf(value, 'kvlistValue');
  if (typeof list === 'object' && list !== null && 'values' in list) return list.values;
  return memberOf(value, 'stringValue') ?? memberOf(value, 'intValue') ?? value;
};

/** Without a list of the others: there may be many, and it is asked of each object. */
const memberOf = (value: object, name: string): unknown =>
  Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;

/** The members of an object, or of a list of `{ key, value }` as OTLP writes it. Another list has none. */
const membersOf = (value: object): readonly (readonly [string, unknown])[] => {
  if (!Array.isArray(value)) return Object.entries(value);
  return value.slice(0, MOST_NAMES).flatMap((item: unknown) => {
    if (typeof item !== 'object' || item === null) return [];
    const key = memberOf(item, 'key');
    return typeof key === 'string' ? [[key, bareValue(memberOf(item, 'value'))] as const] : [];
  });
};

/**
 * The names and values of an object and of those in it, and the lines of the program itself. Of two alike the outer one
 * counts: what a line says of itself within (a request's body, perhaps) is worth less.
 */
export const flatten = (whole: object): { readonly said: Said; readonly lines: readonly string[] } => {
  const said: Said = new Map();
  const lines: string[] = [];
  const steps: Step[] = [{ path: '', depth: 0, value: whole }];
  for (let step = steps.shift(), left = MOST_NAMES; step && left > 0; step = steps.shift()) {
    const { path, depth } = step;
    for (const [key, raw] of membersOf(step.value).slice(0, left)) {
      left -= 1;
      const name = path === '' ? normal(key) : `${path}.${normal(key)}`;
      const value = bareValue(raw);
      if (typeof value === 'string' && LINES.includes(name)) lines.push(value);
      if (typeof value === 'string' && !said.has(name)) said.set(name, value.slice(0, MOST_TEXT));
      if (typeof value === 'number' && !said.has(name)) said.set(name, value);
      if (typeof value !== 'object' || value === null || depth >= MOST_DEPTH) continue;
      steps.push({ path: WRAPPERS.has(name) ? '' : name, depth: depth + 1, value });
    }
  }
  return { said, lines };
};

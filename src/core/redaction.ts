import { fill, isTemplate, placeValues, type SearchValues, searchFault } from './log-template.ts';
import type { Origin } from './origin.ts';
import { edgesOf, preview } from './preview.ts';
import type { Secret } from './secret.ts';

/** What finds the other copies of a key: a key that is dead still stands in the log store. */
export interface Redaction {
  /** The key, masked. */
  readonly preview: string;
  /** ISO times: an hour before the line and its receipt, and an hour after. */
  readonly from: string;
  readonly to: string;
  readonly service?: string;
  readonly host?: string;
  /** To be put into the search of the log store. */
  readonly query: string;
}

/** `search`: a name of `presets`, or a template. `isDead`: more of the key may be told. */
export const redactionOf = (
  search: string,
  { secret, origin, isDead }: { readonly secret: Secret; readonly origin: Origin; readonly isDead: boolean },
): Redaction => {
  const values = { ...placeValues(origin), ...edgesOf(secret, isDead), preview: preview(secret) };
  const { service, host, from, to, start, end } = values;
  // Three characters are in many lines; what a dead key begins with is in no other, and a copy may be cut.
  const parts = [start, ...(isDead || end === '' ? [] : [end])];
  return {
    ...{ preview: values.preview, from, to },
    ...(service !== '' && { service }),
    ...(host !== '' && { host }),
    query: Object.hasOwn(presets, search)
      ? presets[search as keyof typeof presets](values, parts)
      : fill(search, values, blunt),
  };
};

/** What is wrong with a setting of searches. */
export const searchSettingFault = (search: string): string | undefined => {
  if (Object.hasOwn(presets, search)) return undefined;
  const names = Object.keys(presets).join(', ');
  return isTemplate(search)
    ? searchFault(search)
    : `must be ${names}, or a template that names a field such as {start}`;
};

/** A string of the language, in double quotes; control characters are gone by then. */
const quoted = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`;
const bare = (text: string): string => (/^[\w.-]+$/.test(text) ? text : quoted(text));
/** Nobody knows how another language escapes: what could end a string there stands for any character in most. */
const blunt = (text: string): string => text.replace(/["'`\\]/g, '?');

/** By service, for the copies may be on any host; by namespace or by host where the line names none. */
const by = (values: SearchValues, [service, namespace, host]: readonly [string, string, string]) => {
  if (values.service !== '') return [service, values.service] as const;
  if (values.namespace !== '') return [namespace, values.namespace] as const;
  return values.host === '' ? undefined : ([host, values.host] as const);
};

const presets = {
  plain(values: SearchValues, parts: readonly string[]): string {
    const place = by(values, ['service', 'namespace', 'host']);
    const where = place ? ` ${place[0]}=${bare(place[1])}` : '';
    return `${parts.map(quoted).join(' ')}${where} ${values.from}/${values.to}`;
  },
  /** LogQL; the window goes beside it. https://grafana.com/docs/loki/latest/query/log_queries/ */
  loki(values: SearchValues, parts: readonly string[]): string {
    const [label, value] = by(values, ['service_name', 'namespace', 'host']) ?? [];
    const stream = label && value ? `${label}=${quoted(value)}` : 'service_name=~".+"';
    return `{${stream}}${parts.map((part) => ` |= ${quoted(part)}`).join('')}`;
  },
  /** Lucene's query syntax over the fields of ECS. https://www.elastic.co/docs/reference/query-languages/query-dsl/query-dsl-query-string-query */
  elastic(values: SearchValues, parts: readonly string[]): string {
    const place = by(values, ['service.name', 'kubernetes.namespace', 'host.name']);
    return [
      ...parts.flatMap(terms),
      ...(place ? [`${place[0]}:${quoted(place[1])}`] : []),
      `@timestamp:[${values.from} TO ${values.to}]`,
    ].join(' AND ');
  },
  /** SPL; epoch seconds. https://docs.splunk.com/Documentation/Splunk/latest/SearchReference/Search */
  splunk(values: SearchValues, [start = '', ...rest]: readonly string[]): string {
    const place = by(values, ['service', 'namespace', 'host']);
    // A backtick calls a macro, whatever stands around it, and cannot be escaped.
    const where = place ? ` ${place[0]}=${quoted(place[1].replaceAll('`', '*'))}` : '';
    const [earliest, latest] = [Math.floor(Number(values.fromMs) / 1000), Math.ceil(Number(values.toMs) / 1000)];
    const words = [`${start}*`, ...rest.map((end) => `*${end}`)].map((word) => quoted(word.replaceAll('`', '*')));
    return `search ${words.join(' ')}${where} earliest=${earliest} latest=${latest}`;
  },
};

/**
 * An index holds words (https://unicode.org/reports/tr29/): a key may be one with what stands before it (`token:KEY`, `a.KEY`),
 * or be two itself, by which letter is beside a dot in it. What is a word by any rule is looked for within words.
 */
const terms = (part: string): readonly string[] =>
  (part.match(/[\p{L}\p{N}_]+/gu) ?? []).map((word) => `message:*${word}*`);

import { type Origin, publicText } from './origin.ts';

/** What a template may say of the place of a log line. */
const placeFields = [
  ...(['service', 'host', 'namespace', 'pod', 'container', 'trace'] as const),
  ...(['time', 'from', 'to', 'fromMs', 'toMs'] as const),
] as const;
/** What a search may say of the key beside it. */
const keyFields = ['start', 'end', 'preview'] as const;

export type PlaceValues = Readonly<Record<(typeof placeFields)[number], string>>;
export type SearchValues = PlaceValues & Readonly<Record<(typeof keyFields)[number], string>>;

const FIELD = /\{([A-Za-z]+)\}/g;
const AROUND_MS = 3_600_000;
/** No zone is further from UTC. */
const ZONE_MS = 14 * AROUND_MS;
const LAST_MS = 8.64e15;
/** A longer one would be cut where it goes to people. */
const LONGEST_LINK = 512;

/** What a log line says of its place, and the time around it; nothing said is ''. Times are ISO, or epoch ms. */
export const placeValues = ({ log = {}, receivedAt }: Pick<Origin, 'log' | 'receivedAt'>): PlaceValues => {
  const own = within(log.time) ? log.time : undefined;
  const [from, to] = windowOf(Math.round(own ?? receivedAt), Math.round(receivedAt));
  const said = (value = ''): string => publicText(value);
  return {
    ...{ service: said(log.service), host: said(log.host), namespace: said(log.namespace), pod: said(log.pod) },
    ...{ container: said(log.container), trace: said(log.trace) },
    ...{ time: own === undefined ? '' : iso(own), from: iso(from), to: iso(to) },
    ...{ fromMs: String(from), toMs: String(to) },
  };
};

/**
 * The hour before a line and the hour after it. A time that was written without a zone is off by that of its writer, who may as
 * well have sent it late: what lies between it and its receipt belongs to it, as far as a zone reaches.
 */
const windowOf = (at: number, receivedAt: number): readonly [from: number, to: number] => {
  const other = Math.abs(receivedAt - at) <= ZONE_MS ? receivedAt : at;
  return [Math.min(at, other) - AROUND_MS, Math.max(at, other) + AROUND_MS];
};

/** A stranger wrote the time of the line: not all numbers are times. */
const within = (ms: number | undefined): ms is number => Math.abs(ms ?? Number.NaN) < LAST_MS - 2 * AROUND_MS;
const iso = (ms: number): string => new Date(ms).toISOString();

/** The template with each field replaced by its value, made safe by `inside`. */
export const fill = (template: string, values: Readonly<Record<string, string>>, inside: (value: string) => string) =>
  template.replace(FIELD, (_, name: string) => inside(values[name] ?? ''));

/** The link to a line of a log; undefined when these values make none that can be followed. */
export const linkTo = (template: string, origin: Pick<Origin, 'log' | 'receivedAt'>): string | undefined => {
  const link = fill(template, placeValues(origin), (value) => encodeURIComponent(value).replace(/'/g, '%27'));
  return link.length <= LONGEST_LINK && isWeb(link) ? link : undefined;
};

const isWeb = (text: string): boolean => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);

const SAMPLE = {
  receivedAt: 0,
  log: { service: 'shop', host: 'web-1', namespace: 'prod', pod: 'shop-1', container: 'app', trace: '4bf92f' },
};

/** What is wrong with a template of links; never with a part of it. */
export const linkFault = (template: string): string | undefined => {
  const strange = fieldFault(template, placeFields);
  if (strange) return strange;
  if (!linkTo(template, SAMPLE)) return `must make an http or https URL of at most ${LONGEST_LINK} characters`;
  // A line of a log must not choose the host that people are sent to.
  const hosts = ['b', '1', ''].map((value) => originOf(template.replace(FIELD, value)));
  return new Set(hosts).size === 1 ? undefined : 'must name its host itself: fields go behind it';
};

const originOf = (url: string): string | undefined => (URL.canParse(url) ? new URL(url).origin : undefined);

/** What is wrong with a template of searches. */
export const searchFault = (template: string): string | undefined =>
  fieldFault(template, [...placeFields, ...keyFields]);

const fieldFault = (template: string, known: readonly string[]): string | undefined => {
  const strange = [...template.matchAll(FIELD)].some(([, name = '']) => !known.includes(name));
  return strange
    ? `names a field that there is not; there are ${known.map((one) => `{${one}}`).join(', ')}`
    : undefined;
};

/** Does it name any field? */
export const isTemplate = (text: string): boolean => text.search(FIELD) >= 0;

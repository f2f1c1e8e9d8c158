import type { IngressCall, Reply } from '../../core/ingress.ts';
import type { LogPlace } from '../../core/origin.ts';
import type { Dialect, Reading, Route } from './dialect.ts';
import { jsonReply, type Why } from './refusal.ts';

type Said = readonly [status: number, code: number, text: string];

/**
 * Answers of the HTTP Event Collector, which its senders tell apart by `code`:
 * https://docs.splunk.com/Documentation/Splunk/latest/Data/TroubleshootHTTPEventCollector
 */
const ANSWERS: Readonly<Record<Why, Said>> = {
  'no-token': [401, 2, 'Token is required'],
  'wrong-token': [403, 4, 'Invalid token'],
  empty: [400, 5, 'No data'],
  malformed: [400, 6, 'Invalid data format'],
  'cut-short': [400, 6, 'Invalid data format'],
  packed: [400, 6, 'Invalid data format'],
  type: [415, 6, 'Invalid data format'],
  encoding: [415, 6, 'Invalid data format'],
  'too-large': [413, 6, 'Invalid data format'],
  limited: [429, 9, 'Server is busy'],
  busy: [503, 9, 'Server is busy'],
};

const said = ([status, code, text]: Said, headers?: Reply['headers']): Reply =>
  jsonReply(status, { text, code }, headers);

const OPEN = 0x7b;

/** Any content-type: senders give a form's, or none. Objects may stand in a row without a mark between. */
const readingOf = (fits: (first: number) => boolean): Reading => {
  let first: number | undefined;
  return {
    see(bytes) {
      first ??= bytes.find((byte) => byte > 0x20);
    },
    fault: () => (first === undefined ? 'empty' : fits(first) ? undefined : 'malformed'),
    accepted: () => said([200, 0, 'Success']),
  };
};

const dialectOf = (fits: (first: number) => boolean, placeOf = (_: IngressCall): LogPlace => ({})): Dialect => ({
  kinds: 'JSON objects',
  reading: (call) => ({ ...readingOf(fits), place: placeOf(call) }),
  refused: ({ why, headers }) => said(ANSWERS[why], headers),
});

const options = (): Reply => ({ status: 200, headers: { allow: 'POST, OPTIONS' } });
/** What is raw has no member for it. */
const hostOf = ({ query }: IngressCall): LogPlace => {
  const host = query.get('host');
  return host ? { host } : {};
};

/** Splunk's HTTP Event Collector, without acknowledgements: 200 is durable. */
export const splunkRoutes = (): readonly Route[] => {
  const objects = dialectOf((first) => first === OPEN);
  const raw = dialectOf(() => true, hostOf);
  const base = '/services/collector';
  const at = (paths: readonly string[], dialect: Dialect): readonly Route[] =>
    paths.flatMap((path) => [
      { methods: ['POST'], path: base + path, dialect },
      // Docker's driver asks so before it starts.
      { methods: ['OPTIONS'], path: base + path, dialect, open: true, reply: options },
    ]);
  const health = (path: string): Route => ({
    ...{ methods: ['GET'], path: base + path, dialect: raw, open: true },
    reply: () => said([200, 17, 'HEC is healthy']),
  });
  return [
    ...at(['', '/event', '/event/1.0'], objects),
    ...at(['/raw', '/raw/1.0'], raw),
    ...['/health', '/health/1.0'].map(health),
    { methods: ['POST'], path: `${base}/ack`, dialect: raw, reply: () => said([400, 14, 'ACK is disabled']) },
  ];
};

import type { IngressCall, Reply } from '../../core/ingress.ts';
import type { Dialect, Route } from './dialect.ts';
import { createBulk } from './elastic-bulk.ts';
import { jsonReply, type Refusal, type Why } from './refusal.ts';

/** Clients refuse to speak with what does not say that it is Elasticsearch. */
const PRODUCT = { 'x-elastic-product': 'Elasticsearch' };
const VERSION = '8.19.0';

const TYPES: Readonly<Partial<Record<Why, string>>> = {
  'no-token': 'security_exception',
  'wrong-token': 'security_exception',
  limited: 'es_rejected_execution_exception',
  busy: 'es_rejected_execution_exception',
};

const said = (body: unknown): Reply => jsonReply(200, body, PRODUCT);

const refused = ({ why, status, text, headers }: Refusal, call: IngressCall): Reply => {
  // rsyslog names no user agent, and drops what it was told to send later; a connection that is closed it tries again.
  if (status >= 429 && !call.headers['user-agent']) return { status, cut: true };
  const error = { type: TYPES[why] ?? 'illegal_argument_exception', reason: text };
  return jsonReply(status, { error: { root_cause: [error], ...error }, status }, { ...PRODUCT, ...headers });
};

/**
 * The bulk helper of the clients for JavaScript ends for good when a call is answered 429, and comes again for each item that is.
 * Elastic's says that it is one; OpenSearch's, and one that was told to say nothing, tells but the client. Others come again for
 * a call, and may look at no item.
 */
const isBulkHelper = ({ headers }: IngressCall): boolean => {
  const { 'x-elastic-client-meta': meta, 'user-agent': agent = '' } = headers;
  return meta === undefined ? /^(?:elasticsearch|opensearch)-js\//.test(agent) : /,h=bp(?:,|$)/.test(`${meta}`);
};

const itemised = (errors: boolean, items: string): Reply => ({
  status: 200,
  headers: { ...PRODUCT, 'content-type': 'application/json; charset=utf-8' },
  body: `{"took":1,"errors":${errors},"items":[${items}]}`,
});

const dialect: Dialect = {
  kinds: 'NDJSON',
  reading(call) {
    const { see, fault, ...bulk } = createBulk();
    return {
      ...{ see, fault, accepted: () => itemised(false, bulk.answered()) },
      ...(isBulkHelper(call) && { limited: (reason: string) => itemised(true, bulk.limited(reason)) }),
    };
  },
  refused,
};

const root = () =>
  said({
    ...{ name: 'keyfuse', cluster_name: 'keyfuse', cluster_uuid: 'keyfuse' },
    version: {
      ...{ number: VERSION, build_flavor: 'default', build_type: 'tar', build_hash: 'unknown', build_snapshot: false },
      ...{ lucene_version: '9.12.2', minimum_wire_compatibility_version: '7.17.0' },
      minimum_index_compatibility_version: '7.0.0',
    },
    tagline: 'You Know, for Search',
  });

const LICENSE = {
  status: 'active',
  uid: 'keyfuse',
  type: 'basic',
  mode: 'basic',
  issued_to: 'keyfuse',
  issuer: 'keyfuse',
};
const license = () => said({ license: LICENSE });
const xpack = () => said({ license: LICENSE, features: {}, tagline: 'You know, for X' });
const health = () =>
  said({ cluster_name: 'keyfuse', status: 'green', timed_out: false, number_of_nodes: 1, number_of_data_nodes: 1 });
/** What agents set up before they send, and need to be there. */
const SET_UP = ['/_index_template/*', '/_component_template/*', '/_template/*', '/_ilm/policy/*', '/_data_stream/*'];

/** As much of Elasticsearch as those who send logs to it ask for; 200 to `_bulk`: durable. */
export const elasticRoutes = (): readonly Route[] => [
  ...['/_bulk', '/*/_bulk'].map((path): Route => ({ methods: ['POST', 'PUT'], path, dialect })),
  { methods: ['GET', 'HEAD'], path: '/', dialect, reply: root },
  { methods: ['GET'], path: '/_license', dialect, reply: license },
  { methods: ['GET'], path: '/_xpack', dialect, reply: xpack },
  ...['/_cluster/health', '/_cat/health'].map((path): Route => ({ methods: ['GET'], path, dialect, reply: health })),
  ...SET_UP.map(
    (path): Route => ({ methods: ['GET', 'HEAD', 'PUT'], path, dialect, reply: () => said({ acknowledged: true }) }),
  ),
  {
    ...{ methods: ['GET', 'POST'], path: '/*/_refresh', dialect },
    reply: () => said({ _shards: { total: 1, successful: 1, failed: 0 } }),
  },
];

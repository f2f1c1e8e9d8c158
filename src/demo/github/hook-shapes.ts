import { STATUS_CODES } from 'node:http';
import type { Attempt, Hook } from './hooks.ts';
import type { Hosted } from './repositories.ts';
import { type installationShape, type Json, type Place, stamp } from './shapes.ts';

/** Where a hook's own API calls begin. */
const hookUrl = ({ kind, target, id }: Hook, { api }: Place): string => {
  if (kind === 'app') return `${api}/app/hook`;
  return `${api}/${kind === 'repository' ? 'repos' : 'orgs'}/${target}/hooks/${id}`;
};

/** The settings of a hook; its secret is never told. */
export const hookConfig = (hook: Hook): Json => ({
  content_type: 'json',
  insecure_ssl: '0',
  secret: '********',
  url: hook.url() ?? '',
});

const lastResponse = (last: Attempt | undefined): Json =>
  last ? { code: last.status, status: last.status < 400 ? 'active' : 'failed', message: statusOf(last) } : NEVER;

const NEVER = { code: null, status: 'unused', message: null };

export const hookShape = (hook: Hook, place: Place, last: Attempt | undefined): Json => {
  const url = hookUrl(hook, place);
  const at = stamp(hook.createdAt);
  return {
    type: hook.kind === 'repository' ? 'Repository' : 'Organization',
    id: hook.id,
    name: 'web',
    active: true,
    events: hook.events,
    config: hookConfig(hook),
    updated_at: at,
    created_at: at,
    url,
    ...(hook.kind === 'repository' && { test_url: `${url}/test`, last_response: lastResponse(last) }),
    ping_url: `${url}/pings`,
    deliveries_url: `${url}/deliveries`,
  };
};

/** How GitHub words what became of a delivery. */
const statusOf = ({ status, answer }: Pick<Attempt, 'status' | 'answer'>): string => {
  if (status >= 200 && status < 400) return 'OK';
  if (status > 0) return `Invalid HTTP Response: ${status}`;
  return answer === 'timed out' ? 'timed out' : 'failed to connect to host';
};

const payloadOf = ({ parcel }: Attempt): Json => {
  try {
    return JSON.parse(parcel.body.toString()) as Json;
  } catch {
    return {};
  }
};

/** One delivery of a list; its id is a bare number beyond 2^53. */
export const deliveryShape = (attempt: Attempt, hosted: Hosted | undefined, installation: number | null): Json => {
  const action = payloadOf(attempt)['action'];
  return {
    id: BigInt(attempt.id),
    guid: attempt.guid,
    delivered_at: new Date(attempt.at).toISOString(),
    redelivery: attempt.redelivery,
    duration: Math.round(attempt.durationMs / 10) / 100,
    status: statusOf(attempt),
    status_code: attempt.status,
    event: attempt.event,
    action: typeof action === 'string' ? action : null,
    installation_id: attempt.hook.kind === 'app' ? installation : null,
    repository_id: hosted?.id ?? null,
    throttled_at: null,
  };
};

const headerNames = (headers: Readonly<Record<string, unknown>>): Json =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.replace(/(^|-)(\w)/g, (all) => all.toUpperCase()), value]),
  );

/** One delivery with what was sent and what came back. */
export const fullDeliveryShape = (attempt: Attempt, short: Json): Json => ({
  ...short,
  url: attempt.url,
  request: { headers: headerNames(attempt.parcel.headers), payload: payloadOf(attempt) },
  response: {
    headers: headerNames(attempt.receipt.headers),
    payload: attempt.status > 0 ? attempt.answer || (STATUS_CODES[attempt.status] ?? '') : null,
  },
});

export const installationIdOf = (attempt: Attempt): number | null => {
  const { installation } = payloadOf(attempt) as { installation?: ReturnType<typeof installationShape> };
  return typeof installation?.['id'] === 'number' ? installation['id'] : null;
};

import type { Answer } from './http.ts';
import { type Body, invalid, notFound, parseBody, parseTime } from './workos-answers.ts';
import type { Audit } from './workos-audit.ts';
import type { Events } from './workos-events.ts';
import { type ApiKey, type Keys, type Owner, publish, type StoredKey, sha256 } from './workos-keys.ts';
import type { Owners } from './workos-owners.ts';
import { readPage } from './workos-page.ts';

/** The calls that are emulated; `unknown` is every other path. */
export const workosRoutes = [
  ...(['validate', 'delete', 'expire', 'list', 'create', 'organizations', 'users', 'events'] as const),
  ...(['schemas', 'create-schema', 'audit', 'unknown'] as const),
] as const;
export type WorkosRoute = (typeof workosRoutes)[number];

/** Which call a method and path make, on whom. */
export interface Call {
  readonly route: WorkosRoute;
  /** The id of the key or of its owner, or the name of an action of the audit log. */
  readonly id: string;
  readonly owner: Owner['type'];
}

/** The environment's books: keys, who may own them, what happened to them, and what its customers' trails say. */
export interface Books {
  readonly keys: Keys;
  readonly owners: Owners;
  readonly events: Events;
  readonly audit: Audit;
  readonly now: () => number;
}

const ID = /^[A-Za-z0-9_-]{1,128}$/;
const ACTION = /^[A-Za-z0-9_.-]{1,128}$/;
const UNKNOWN: Call = { route: 'unknown', id: '', owner: 'organization' };

/** The call behind a path; anything odd in it (`..`, `%2e`, `//`, a slash at the end) is no call at all. */
export const findCall = (method: string, path: string): Call => {
  const [, first = '', ...rest] = path.split('/');
  if (method === 'GET' && path === '/organizations') return { ...UNKNOWN, route: 'organizations' };
  if (method === 'GET' && path === '/user_management/users') return { ...UNKNOWN, route: 'users' };
  if (method === 'GET' && path === '/events') return { ...UNKNOWN, route: 'events' };
  if (first === 'audit_logs') return auditCall(method, rest);
  if (first === 'user_management' && rest[0] === 'users') return ownerCall(method, 'user', rest.slice(1));
  if (first === 'organizations') return ownerCall(method, 'organization', rest);
  return first === 'api_keys' ? keyCall(method, rest) : UNKNOWN;
};

const keyCall = (method: string, [id = '', verb, ...junk]: string[]): Call => {
  if (!ID.test(id) || junk.length > 0) return UNKNOWN;
  if (method === 'POST' && id === 'validations' && verb === undefined) return { ...UNKNOWN, route: 'validate' };
  if (method === 'DELETE' && verb === undefined) return { ...UNKNOWN, route: 'delete', id };
  return method === 'POST' && verb === 'expire' ? { ...UNKNOWN, route: 'expire', id } : UNKNOWN;
};

const ownerCall = (method: string, owner: Owner['type'], [id = '', what, ...junk]: string[]): Call => {
  if (!ID.test(id) || what !== 'api_keys' || junk.length > 0) return UNKNOWN;
  if (method === 'GET') return { route: 'list', id, owner };
  return method === 'POST' ? { route: 'create', id, owner } : UNKNOWN;
};

const auditCall = (method: string, [what, id = '', schemas, ...junk]: string[]): Call => {
  if (method === 'POST' && what === 'events' && id === '') return { ...UNKNOWN, route: 'audit' };
  if (what !== 'actions' || schemas !== 'schemas' || junk.length > 0 || !ACTION.test(id)) return UNKNOWN;
  return { ...UNKNOWN, route: method === 'POST' ? 'create-schema' : 'schemas', id };
};

const expire = ({ keys, now }: Books, id: string, body: Body): Answer => {
  const asked = body['expires_at'];
  const at = asked === undefined ? now() : asked === null ? null : parseTime(asked);
  if (at === undefined) return invalid('expires_at');
  const key = keys.expire(id, at);
  if (key === 'unknown') return notFound('API Key', id);
  if (key !== 'expired') return { status: 200, body: key };
  return { status: 409, body: { code: 'api_key_already_expired', message: 'API key is already expired' } };
};

const list = ({ owners, keys }: Books, call: Call, query: URLSearchParams): Answer => {
  if (!owners.has(call.owner, call.id)) return notFound(call.owner === 'user' ? 'User' : 'Organization', call.id);
  const organization = query.get('organization_id');
  const fits = ({ owner }: StoredKey): boolean =>
    !organization || owner.type !== 'user' || owner.organization_id === organization;
  const page = readPage(keys.list(call.id).filter(fits), query, publish);
  return typeof page === 'string' ? invalid(page) : { status: 200, body: page };
};

const create = (books: Books, call: Call, body: Body): Answer => {
  const { owners, keys, now } = books;
  if (!owners.has(call.owner, call.id)) return notFound(call.owner === 'user' ? 'User' : 'Organization', call.id);
  const { name, permissions = [], expires_at: ends, organization_id: organization } = body;
  if (typeof name !== 'string' || name === '') return invalid('name', 'required');
  if (!Array.isArray(permissions) || permissions.some((slug) => typeof slug !== 'string'))
    return invalid('permissions');
  const expiresAt = ends === undefined ? undefined : parseTime(ends);
  if (ends !== undefined && (expiresAt === undefined || expiresAt <= now())) return invalid('expires_at');
  let owner: Owner = { type: 'organization', id: call.id };
  if (call.owner === 'user') {
    if (typeof organization !== 'string') return invalid('organization_id', 'required', 400);
    if (!owners.has('organization', organization)) return notFound('Organization', organization);
    owner = { type: 'user', id: call.id, organization_id: organization };
  }
  const made = keys.issue({ owner, name, permissions, ...(expiresAt === undefined ? {} : { expiresAt }) });
  const key: ApiKey & { value: string } = { ...publish(made.stored), value: made.value };
  return { status: 201, body: key };
};

const validate = ({ keys }: Books, { value }: Body): Answer =>
  typeof value === 'string' && value !== ''
    ? { status: 200, body: { api_key: keys.validate(sha256(value)) } }
    : invalid('value', 'required');

export interface Asked {
  readonly query: string;
  readonly body: Buffer;
  /** `Idempotency-Key`. */
  readonly idempotency: string;
}

/** Does what the call asks and gives the answer that WorkOS documents for it. */
export const answerCall = (books: Books, call: Call, { query, body, idempotency }: Asked): Answer => {
  const asked = new URLSearchParams(query);
  const read: Partial<Record<WorkosRoute, () => Answer>> = {
    unknown: () => ({ status: 404, body: { message: 'Not Found', error: 'Not Found' } }),
    list: () => list(books, call, asked),
    organizations: () => books.owners.listOrganizations(asked),
    users: () => books.owners.listUsers(asked),
    events: () => books.events.list(asked),
    schemas: () => books.audit.listSchemas(call.id, asked),
    delete: () => (books.keys.remove(call.id) ? { status: 204 } : notFound('API Key', call.id)),
  };
  const parsed = parseBody(body);
  const write: Partial<Record<WorkosRoute, (body: Body) => Answer>> = {
    validate: (given) => validate(books, given),
    expire: (given) => expire(books, call.id, given),
    create: (given) => create(books, call, given),
    'create-schema': (given) => books.audit.createSchema(call.id, given),
    audit: (given) => books.audit.create(given, idempotency),
  };
  return read[call.route]?.() ?? (parsed && write[call.route]?.(parsed)) ?? invalid('body', 'malformed');
};

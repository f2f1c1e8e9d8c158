import type { Answer } from './http.ts';
import { type ApiKey, type Keys, type Owner, publish, type StoredKey, sha256 } from './workos-keys.ts';
import { readPage } from './workos-page.ts';

/** The calls of the API Keys product that are emulated; `unknown` is every other path. */
export type WorkosRoute = 'validate' | 'delete' | 'expire' | 'list' | 'create' | 'unknown';

/** Which call a method and path make, on whom. */
export interface Call {
  readonly route: WorkosRoute;
  /** The key's id, or the owner's. */
  readonly id: string;
  readonly owner: Owner['type'];
}

/** The environment's books: keys, and who may own them. */
export interface Books {
  readonly keys: Keys;
  readonly organizations: Set<string>;
  readonly users: Set<string>;
  readonly now: () => number;
}

type Body = Readonly<Record<string, unknown>>;

const ID = /^[A-Za-z0-9_-]{1,128}$/;
const UNKNOWN: Call = { route: 'unknown', id: '', owner: 'organization' };

/** The call behind a path; anything odd in it (`..`, `%2e`, `//`, a slash at the end) is no call at all. */
export const findCall = (method: string, path: string): Call => {
  const [, first = '', ...rest] = path.split('/');
  if (first === 'user_management' && rest[0] === 'users') return ownerCall(method, 'user', rest.slice(1));
  if (first === 'organizations') return ownerCall(method, 'organization', rest);
  if (first !== 'api_keys') return UNKNOWN;
  const [id = '', verb, ...junk] = rest;
  if (!ID.test(id) || junk.length > 0) return UNKNOWN;
  if (method === 'POST' && id === 'validations' && verb === undefined) return { ...UNKNOWN, route: 'validate' };
  if (method === 'DELETE' && verb === undefined) return { ...UNKNOWN, route: 'delete', id };
  if (method === 'POST' && verb === 'expire') return { ...UNKNOWN, route: 'expire', id };
  return UNKNOWN;
};

const ownerCall = (method: string, owner: Owner['type'], [id = '', what, ...junk]: string[]): Call => {
  if (!ID.test(id) || what !== 'api_keys' || junk.length > 0) return UNKNOWN;
  if (method === 'GET') return { route: 'list', id, owner };
  return method === 'POST' ? { route: 'create', id, owner } : UNKNOWN;
};

const notFound = (what: string, id: string): Answer => ({
  status: 404,
  body: { message: `${what} not found: '${id}'.`, code: 'entity_not_found', entity_id: id },
});

const invalid = (field: string, code = 'invalid', status = 422): Answer => ({
  status,
  body: { message: 'Validation failed.', code: 'unprocessable_entity', errors: [{ field, code }] },
});

const parse = (body: Buffer): Body | undefined => {
  if (body.length === 0) return {};
  try {
    const parsed: unknown = JSON.parse(body.toString());
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? (parsed as Body) : undefined;
  } catch {
    return undefined;
  }
};

const parseTime = (value: unknown): number | undefined => {
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\dT/.test(value)) return undefined;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : at;
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

const known = (books: Books, { owner, id }: Call): boolean =>
  (owner === 'user' ? books.users : books.organizations).has(id);

const list = (books: Books, call: Call, query: URLSearchParams): Answer => {
  if (!known(books, call)) return notFound(call.owner === 'user' ? 'User' : 'Organization', call.id);
  const organization = query.get('organization_id');
  const fits = ({ owner }: StoredKey): boolean =>
    !organization || owner.type !== 'user' || owner.organization_id === organization;
  const page = readPage(books.keys.list(call.owner, call.id).filter(fits), query);
  return typeof page === 'string' ? invalid(page) : { status: 200, body: page };
};

const create = (books: Books, call: Call, body: Body): Answer => {
  if (!known(books, call)) return notFound(call.owner === 'user' ? 'User' : 'Organization', call.id);
  const { name, permissions = [], expires_at: ends, organization_id: organization } = body;
  if (typeof name !== 'string' || name === '') return invalid('name', 'required');
  if (!Array.isArray(permissions) || permissions.some((slug) => typeof slug !== 'string'))
    return invalid('permissions');
  const expiresAt = ends === undefined ? undefined : parseTime(ends);
  if (ends !== undefined && (expiresAt === undefined || expiresAt <= books.now())) return invalid('expires_at');
  let owner: Owner = { type: 'organization', id: call.id };
  if (call.owner === 'user') {
    if (typeof organization !== 'string') return invalid('organization_id', 'required', 400);
    if (!books.organizations.has(organization)) return notFound('Organization', organization);
    owner = { type: 'user', id: call.id, organization_id: organization };
  }
  const made = books.keys.issue({ owner, name, permissions, ...(expiresAt === undefined ? {} : { expiresAt }) });
  const key: ApiKey & { value: string } = { ...publish(made.stored), value: made.value };
  return { status: 201, body: key };
};

const validate = ({ keys }: Books, { value }: Body): Answer =>
  typeof value === 'string' && value !== ''
    ? { status: 200, body: { api_key: keys.validate(sha256(value)) } }
    : invalid('value', 'required');

/** Does what the call asks and gives the answer that WorkOS documents for it. */
export const answerCall = (books: Books, call: Call, asked: { query: string; body: Buffer }): Answer => {
  const body = parse(asked.body);
  if (call.route === 'unknown') return { status: 404, body: { message: 'Not Found', error: 'Not Found' } };
  if (call.route === 'list') return list(books, call, new URLSearchParams(asked.query));
  if (call.route === 'delete') return books.keys.remove(call.id) ? { status: 204 } : notFound('API Key', call.id);
  if (!body) return invalid('body', 'malformed');
  if (call.route === 'validate') return validate(books, body);
  return call.route === 'expire' ? expire(books, call.id, body) : create(books, call, body);
};

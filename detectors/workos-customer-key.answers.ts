import * as z from 'zod';
import type { AnswerExample } from '../src/core/detector.ts';
import type { Answer } from '../src/core/issuer.ts';
import { publicText } from '../src/core/origin.ts';
import type { Evidence, Revocation, UnknownReason, Verdict } from '../src/core/verdict.ts';

/** What WorkOS' answers mean (https://workos.com/docs/reference/authkit/api-keys), and examples that prove it. */

export const Id = z.string().regex(/^[A-Za-z0-9_-]{1,128}$/);
const text = z.string().transform(publicText).optional().catch(undefined);

export const Owner = z.discriminatedUnion('type', [
  z.object({ type: z.literal('organization'), id: Id }),
  // Without its organization a key would escape what policy says of the organization.
  z.object({ type: z.literal('user'), id: Id, organization_id: Id }),
]);

/** Identity must be exact; what only serves as evidence may be missing. */
const ApiKey = z.object({
  object: z.literal('api_key'),
  id: Id,
  owner: Owner,
  name: text,
  obfuscated_value: text,
  last_used_at: z.string().transform(publicText).nullish().catch(undefined),
  permissions: z.array(z.string().transform(publicText)).optional().catch(undefined),
  created_at: text,
  expires_at: z.string().transform(publicText).nullish().catch(undefined),
});

/** Only an explicit `api_key` is an answer; the SDK would read a missing one as null. */
const Validated = z.object({ api_key: ApiKey.nullable() });
const Expired = z.object({ object: z.literal('api_key'), id: Id, expires_at: z.string() });
const AlreadyExpired = z.object({ code: z.literal('api_key_already_expired') });

export const hasExpired = (answer: Answer): boolean =>
  'status' in answer && answer.status === 409 && AlreadyExpired.safeParse(answer.json).success;

/** May this id stand in a path? A `/`, `.` or `%` in it would call something else. */
export const isId = (id: string): boolean => Id.safeParse(id).success;

const defined = (values: { [K in keyof Evidence]: Evidence[K] | undefined }): Evidence =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));

const evidenceOf = ({ owner, ...key }: z.infer<typeof ApiKey>): Evidence => {
  const organization = owner.type === 'user' ? owner.organization_id : undefined;
  return defined({
    name: key.name,
    owner: { type: owner.type, id: owner.id, ...(organization === undefined ? {} : { organization }) },
    permissions: key.permissions,
    lastUsedAt: key.last_used_at,
    createdAt: key.created_at,
    expiresAt: key.expires_at,
    masked: key.obfuscated_value,
  });
};

export const unknown = (answer: Answer): { readonly reason: UnknownReason; readonly retryAfterMs?: number } => {
  if ('status' in answer) return { reason: answer.status === 403 ? 'forbidden' : 'unrecognised' };
  const { silence: reason, retryAfterMs } = answer;
  return retryAfterMs === undefined ? { reason } : { reason, retryAfterMs };
};

/** Null cannot tell deleted, expired, never made and of another environment apart: not live here, whichever it is. */
export const verdictOf = (answer: Answer, environment: string): Verdict => {
  const validated = 'status' in answer && answer.status === 200 ? Validated.safeParse(answer.json).data : undefined;
  if (!validated) return { validity: 'unknown', ...unknown(answer) };
  const key = validated.api_key;
  if (!key) return { validity: 'dead' };
  return { validity: 'live', handle: { id: key.id, environment }, evidence: evidenceOf(key) };
};

/** A refusal or a 404 counts only as WorkOS words it, in JSON: a firewall's page says nothing about the key. */
const refusalOf = (answer: Answer): Revocation => {
  const json = 'status' in answer && typeof answer.json === 'object' && answer.json !== null;
  if (json && answer.status === 404) return { result: 'already-gone' };
  if (json && answer.status === 403) return { result: 'refused' };
  return { result: 'unknown', ...unknown(answer) };
};

export const removalOf = (answer: Answer): Revocation =>
  'status' in answer && answer.status === 204 ? { result: 'deleted' } : refusalOf(answer);

export const expiryOf = (answer: Answer, id: string): Revocation => {
  if (!('status' in answer)) return refusalOf(answer);
  const { status, json } = answer;
  if (status === 200 && Expired.safeParse(json).data?.id === id) return { result: 'expired' };
  if (hasExpired(answer)) return { result: 'already-gone' };
  return refusalOf(answer);
};

const key = {
  object: 'api_key',
  id: 'api_key_01EXAMPLE',
  owner: { type: 'organization', id: 'org_01EXAMPLE' },
  name: 'CI',
  obfuscated_value: 'sk_...PRYS',
  last_used_at: null,
  expires_at: null,
  permissions: ['posts:read'],
  created_at: '2026-01-01T00:00:00.000Z',
  updated_at: '2026-01-01T00:00:00.000Z',
};
const ofUser = { type: 'user', id: 'user_01EXAMPLE', organization_id: 'org_01EXAMPLE' };
const ended = { ...key, expires_at: '2026-02-01T00:00:00.000Z' };
const html = { headers: { 'content-type': 'text/html' }, body: '<html><h1>Attention required</h1></html>' } as const;
const error = (message: string, code?: string) => ({ message, ...(code ? { code } : {}) });

const validate = (status: number, body: unknown, gives: AnswerExample['gives']): AnswerExample => ({
  call: 'validate',
  status,
  body,
  gives,
});
const serverErrors = [500, 502, 503, 504];

export const answers: readonly AnswerExample[] = [
  validate(200, { api_key: key }, 'live'),
  validate(200, { api_key: { ...key, owner: ofUser, agent_registration_id: 'agent_reg_01EXAMPLE' } }, 'live'),
  validate(200, { api_key: { object: key.object, id: key.id, owner: key.owner } }, 'live'),
  validate(200, { api_key: { ...key, owner: { type: 'user', id: ofUser.id } } }, 'unknown'), // whose canary is it?
  validate(200, { api_key: null }, 'dead'),
  validate(200, {}, 'unknown'),
  validate(200, null, 'unknown'),
  validate(200, { api_key: false }, 'unknown'),
  validate(200, { api_key: {} }, 'unknown'),
  validate(200, { valid: false }, 'unknown'),
  validate(200, [{ api_key: null }], 'unknown'),
  validate(200, { api_key: { ...key, object: 'key' } }, 'unknown'), // an environment key
  validate(200, { api_key: { ...key, id: '../organizations/org_01EXAMPLE' } }, 'unknown'),
  validate(200, { api_key: { ...key, id: 'k'.repeat(129) } }, 'unknown'),
  validate(200, { api_key: { ...key, owner: { type: 'agent', id: 'agent_01EXAMPLE' } } }, 'unknown'),
  validate(200, '{"api_key":nul', 'unknown'),
  validate(200, '', 'unknown'),
  { call: 'validate', status: 200, ...html, gives: 'unknown' },
  validate(201, { api_key: null }, 'unknown'),
  { call: 'validate', status: 204, gives: 'unknown' },
  { call: 'validate', status: 302, headers: { location: '/elsewhere' }, gives: 'unknown' },
  validate(400, error('Bad request'), 'unknown'),
  validate(401, error('Unauthorized'), 'halt'),
  validate(403, error('Forbidden'), 'unknown'),
  { call: 'validate', status: 403, ...html, gives: 'unknown' },
  validate(404, error('Not Found'), 'unknown'),
  validate(422, error('Validation failed', 'unprocessable_entity'), 'unknown'),
  { call: 'validate', status: 429, headers: { 'retry-after': '7' }, body: error('Slow down'), gives: 'unknown' },
  ...serverErrors.map((status) => validate(status, error('Server error'), 'unknown')),
  ...serverErrors.map((status) => validate(status, { api_key: null }, 'unknown')),
  { call: 'revoke', status: 204, gives: 'deleted' },
  { call: 'revoke', status: 200, body: key, gives: 'unknown' },
  { call: 'revoke', status: 401, body: error('Unauthorized'), gives: 'halt' },
  { call: 'revoke', status: 403, body: error('Forbidden'), gives: 'refused' },
  { call: 'revoke', status: 403, ...html, gives: 'unknown' },
  { call: 'revoke', status: 404, body: error('API Key not found', 'entity_not_found'), gives: 'already-gone' },
  { call: 'revoke', status: 404, ...html, gives: 'unknown' },
  { call: 'revoke', status: 409, body: error('Conflict'), gives: 'unknown' },
  { call: 'revoke', status: 429, headers: { 'retry-after': '1' }, body: error('Slow down'), gives: 'unknown' },
  { call: 'revoke', status: 500, body: error('Server error'), gives: 'unknown' },
  { call: 'expire', status: 200, body: ended, gives: 'expired' },
  { call: 'expire', status: 200, body: key, gives: 'unknown' },
  { call: 'expire', status: 200, body: { ...ended, id: 'api_key_01OTHER' }, gives: 'unknown' },
  { call: 'expire', status: 401, body: error('Unauthorized'), gives: 'halt' },
  { call: 'expire', status: 403, body: error('Forbidden'), gives: 'refused' },
  { call: 'expire', status: 404, body: error('API Key not found', 'entity_not_found'), gives: 'already-gone' },
  { call: 'expire', status: 409, body: error('Expired', 'api_key_already_expired'), gives: 'already-gone' },
  { call: 'expire', status: 409, body: error('Conflict'), gives: 'unknown' },
  { call: 'expire', status: 503, ...html, gives: 'unknown' },
];

import * as z from 'zod';
import type { Answer, Issuer } from '../src/core/issuer.ts';
import type { IssuedKey, Keeper, KeyChange, Listed, Part } from '../src/core/keeper.ts';
import { publicText } from '../src/core/origin.ts';
import { Id, isId, Owner, unknown } from './workos-customer-key.answers.ts';
import { sdk } from './workos-customer-key.sdk.ts';

/** The lists of WorkOS' API: https://workos.com/docs/reference/authkit/api-keys, …/organization, …/events */

const text = z.string().transform(publicText);
const time = z.iso.datetime({ offset: true }).transform((at) => Date.parse(at));
const timeOrNot = time.nullish().transform((at) => at ?? undefined);

/** The owner must be exact: policy, and where a replacement goes, hang on it. */
export const Key = z
  .object({
    object: z.literal('api_key'),
    id: Id,
    owner: Owner,
    name: text,
    obfuscated_value: text,
    permissions: z.array(text),
    created_at: time,
    updated_at: timeOrNot,
    last_used_at: timeOrNot,
    expires_at: timeOrNot,
  })
  .transform(
    ({ id, owner, name, permissions, ...key }): IssuedKey => ({
      ...{ id, name, permissions, masked: key.obfuscated_value, createdAt: key.created_at },
      updatedAt: key.updated_at ?? key.created_at,
      ...{ lastUsedAt: key.last_used_at, expiresAt: key.expires_at },
      owner: {
        ...{ type: owner.type, id: owner.id },
        organization: owner.type === 'user' ? owner.organization_id : owner.id,
      },
    }),
  );

const OwnerId = z.object({ id: Id }).transform(({ id }) => id);

const events = ['api_key.created', 'api_key.updated', 'api_key.revoked'] as const;

const Change = z
  .object({ id: Id, event: z.enum(events), data: Key })
  .transform(({ id, event, data }): KeyChange => ({ id, key: data, gone: event === 'api_key.revoked' }));

/** https://workos.com/docs/events: a webhook brings one event, in the shape of the list. */
const Told = z.object({ id: Id, event: z.string() });

const partOf = <T>(item: z.ZodType<T>) =>
  z
    .object({ data: z.array(item), list_metadata: z.object({ after: Id.nullable() }) })
    .transform(({ data, list_metadata }): Part<T> => ({ items: data, next: list_metadata.after ?? undefined }));

const parts = { key: partOf(Key), owner: partOf(OwnerId), change: partOf(Change) };

const listed = <T>(answer: Answer, part: z.ZodType<Part<T>>): Listed<Part<T>> => {
  const got = 'status' in answer && answer.status === 200 ? part.safeParse(answer.json).data : undefined;
  return got ? { got } : unknown(answer);
};

/** As WorkOS words it, in JSON: a page of something else in between says nothing of an owner. */
export const isMissing = (answer: Answer): boolean =>
  'status' in answer && answer.status === 404 && typeof answer.json === 'object' && answer.json !== null;

type Query = Readonly<Record<string, string | undefined>>;

/** Oldest first, so that what is made meanwhile comes at the end; as many as one answer may have. */
const ask = (issuer: Issuer, path: string, query: Query): Promise<Answer> =>
  issuer.ask('list', async (road) => (await sdk(road)).get(path, { query: { limit: 100, order: 'asc', ...query } }));

/** Asks for what happened: one call now and then, that must not give way for long. */
const following = ({ environment, ask }: Issuer): Issuer => ({ environment, ask: (_, call) => ask('follow', call) });

export const pathOf = { organization: '/organizations', user: '/user_management/users' } as const;

export const workosKeeper: Keeper = {
  issuer: 'workos',
  owners: async (issuer, type, after) => listed(await ask(issuer, pathOf[type], { after }), parts.owner),
  async keys(issuer, { type, id }, after) {
    if (!isId(id)) return { reason: 'unrecognised' };
    const answer = await ask(issuer, `${pathOf[type]}/${id}/api_keys`, { after });
    return isMissing(answer) ? { reason: 'missing' } : listed(answer, parts.key);
  },
  async changes(issuer, since) {
    const place = 'after' in since ? { after: since.after } : { range_start: new Date(since.from).toISOString() };
    return listed(await ask(following(issuer), '/events', { events: events.join(), ...place }), parts.change);
  },
  webhook: {
    path: '/api/workos/webhooks',
    signature: 'workos-signature',
    read(json) {
      const told = Told.safeParse(json).data;
      return told && !events.some((name) => name === told.event) ? 'other' : Change.safeParse(json).data;
    },
  },
};

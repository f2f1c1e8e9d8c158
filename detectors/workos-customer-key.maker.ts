import * as z from 'zod';
import type { Issuer } from '../src/core/issuer.ts';
import type { Made, Maker, WantedKey } from '../src/core/keeper.ts';
import { Secret } from '../src/core/secret.ts';
import { hasExpired, isId, unknown } from './workos-customer-key.answers.ts';
import { isMissing, Key, pathOf } from './workos-customer-key.keeper.ts';
import { sdk } from './workos-customer-key.sdk.ts';

/** What WorkOS' API makes and ends: https://workos.com/docs/reference/authkit/api-keys */

const Value = z.object({ value: z.string().min(1).max(10_000) });
const Ending = z.object({ id: z.string(), expires_at: z.iso.datetime({ offset: true }).nullable() });

const stamp = (at: number): string => new Date(at).toISOString();

const bodyOf = ({ owner, name, permissions, expiresAt }: WantedKey) => ({
  ...{ name, permissions },
  ...(owner.type === 'user' && { organization_id: owner.organization }),
  ...(expiresAt !== undefined && { expires_at: stamp(expiresAt) }),
});

/** An answer that names another owner is of no key of ours. */
const isOf = (wanted: WantedKey, { owner }: z.infer<typeof Key>): boolean =>
  owner.id === wanted.owner.id && owner.organization === wanted.owner.organization;

const make = async (issuer: Issuer, wanted: WantedKey): Promise<Made> => {
  const { type, id } = wanted.owner;
  if (!isId(id)) return { reason: 'invalid' };
  const path = `${pathOf[type]}/${id}/api_keys`;
  const answer = await issuer.ask('create', async (road) => (await sdk(road)).post(path, bodyOf(wanted)));
  if (isMissing(answer)) return { reason: 'missing' };
  if (!('status' in answer)) return unknown(answer);
  if (answer.status === 400 || answer.status === 422) return { reason: 'invalid' };
  // In JSON: a firewall's page says nothing of our rights.
  if (answer.status === 403 && typeof answer.json === 'object') return { reason: 'refused' };
  const key = answer.status === 201 ? Key.safeParse(answer.json).data : undefined;
  const value = Value.safeParse(answer.json).data?.value;
  return key && value && isOf(wanted, key) ? { made: { key, secret: new Secret(value) } } : unknown(answer);
};

export const workosMaker: Maker = {
  make,
  async endAt(issuer, id, at) {
    if (!isId(id)) return { reason: 'unrecognised' };
    const body = { expires_at: at === undefined ? null : stamp(at) };
    const answer = await issuer.ask('expire', async (road) => (await sdk(road)).post(`/api_keys/${id}/expire`, body));
    if (hasExpired(answer)) return { reason: 'ended' };
    if (isMissing(answer)) return { reason: 'missing' };
    const ending = 'status' in answer && answer.status === 200 ? Ending.safeParse(answer.json).data : undefined;
    if (ending?.id !== id) return unknown(answer);
    return { got: { endsAt: ending.expires_at === null ? undefined : Date.parse(ending.expires_at) } };
  },
};

import * as z from 'zod';
import type { Clock } from '../core/clock.ts';
import type { Secret } from '../core/secret.ts';
import { textIn } from './json-field.ts';
import type { Place } from './reference.ts';
import { isTrouble, type Store, type Trouble } from './store.ts';
import { createVaultCall, type VaultAddress, type VaultAnswer, type VaultCall } from './vault-call.ts';
import { createVaultLogin, type VaultAuth, type VaultLogin } from './vault-login.ts';

export interface VaultSettings extends VaultAddress {
  readonly auth: VaultAuth;
}

/** Another writer was between our reading and our writing so often that we give up. */
const MOST_TRIES = 5;

/** `vault://mount/path#field`: the key-value engine, version 2, of HashiCorp Vault or OpenBao. */
export const createVaultStore = (settings: VaultSettings, { clock }: { clock: Clock }): Store & { close(): void } => {
  const call = createVaultCall(settings);
  const login = createVaultLogin({ call, auth: settings.auth, clock });
  const ask = createAsk({ call, login, clock });

  const read = async (place: Place): Promise<Entry | Trouble> => {
    const path = vaultPath(place);
    if (isTrouble(path)) return path;
    const answer = await ask({ path: `${path}${versionOf(place)}` });
    return isTrouble(answer) ? answer : entryOf(answer);
  };
  const tryWrite = async (place: Place, field: string, value: Secret): Promise<Trouble | undefined | 'raced'> => {
    const path = vaultPath(place);
    if (isTrouble(path)) return path;
    const entry = await read({ ...place, options: { ...place.options, version: '' } });
    if (isTrouble(entry)) return entry;
    const data = { ...entry.data, [field]: value.expose() };
    const answer = await ask({ path, method: 'POST', body: { options: { cas: entry.version }, data } });
    if (isTrouble(answer)) return answer;
    if (answer.status === 200 || answer.status === 204) return undefined;
    return answer.status === 400 ? 'raced' : refusal(answer.status);
  };
  return {
    async read(place) {
      const field = place.field;
      if (field === undefined) return NO_FIELD;
      const entry = await read(place);
      if (isTrouble(entry)) return entry;
      if (entry.data === undefined) return { trouble: 'absent', why: 'Vault has nothing there, or deleted it' };
      const secret = textIn(entry.data, field);
      return isTrouble(secret) ? secret : { secret, version: String(entry.version), expiresAt: entry.expiresAt };
    },
    async write(place, value) {
      if (place.field === undefined) return NO_FIELD;
      for (let tries = 0; tries < MOST_TRIES; tries += 1) {
        const written = await tryWrite(place, place.field, value);
        if (written !== 'raced') return written;
      }
      return { trouble: 'unreachable', why: 'Vault did not take it (400): others write there, or a field is wrong' };
    },
    close: login.close,
  };
};

/** So long what a fresh token may not is not tried with another: each would be one more that lives on in Vault. */
const DENIED_MS = 300_000;

/** With our token; once more with a new one when Vault refuses that: it does not say whether the token or the policy is why. */
const createAsk = ({ call, login, clock }: { call: Call; login: VaultLogin; clock: Clock }) => {
  const denied = new Map<string, number>();
  return async (question: Omit<VaultCall, 'token'>): Promise<VaultAnswer | Trouble> => {
    const what = `${question.method ?? 'GET'} ${question.path}`;
    const token = await login.token();
    if (isTrouble(token)) return token;
    const answer = await call({ ...question, token });
    if (!isRefused(answer) || clock.monotonic() < (denied.get(what) ?? 0)) return answer;
    login.refused(token);
    const fresh = await login.token();
    if (isTrouble(fresh)) return fresh;
    if (fresh === token) {
      login.refused(fresh); // it is what we were given, not a new one: look again the next time
      return answer;
    }
    const second = await call({ ...question, token: fresh });
    if (isRefused(second)) denied.set(what, clock.monotonic() + DENIED_MS);
    return second;
  };
};

type Call = ReturnType<typeof createVaultCall>;

const isRefused = (answer: VaultAnswer | Trouble): boolean => !isTrouble(answer) && answer.status === 403;

const NO_FIELD: Trouble = { trouble: 'unusable', why: 'vault:// needs a field: vault://mount/path#field' };

/** What stands there; without `data` nothing does, and `version` is that of what was deleted, or 0. */
interface Entry {
  readonly data?: Readonly<Record<string, unknown>> | undefined;
  readonly version: number;
  readonly expiresAt?: number | undefined;
}

/** https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2#read-secret-version; a 404 has the metadata of what was deleted. */
const Answer = z.object({
  data: z.object({
    data: z.record(z.string(), z.unknown()).nullable(),
    metadata: z.object({ version: z.number(), deletion_time: z.string().default('') }),
  }),
});

const entryOf = ({ status, body }: VaultAnswer): Entry | Trouble => {
  const { data, metadata } = Answer.safeParse(body).data?.data ?? {};
  if (status === 404) return { version: metadata?.version ?? 0 };
  if (status !== 200) return refusal(status);
  if (!data || !metadata) return { trouble: 'unusable', why: 'this is no entry of a key-value engine of version 2' };
  const expiresAt = metadata.deletion_time === '' ? undefined : Date.parse(metadata.deletion_time);
  return { data, version: metadata.version, expiresAt };
};

const refusal = (status: number): Trouble =>
  status === 403
    ? {
        trouble: 'refused',
        why: 'Vault refuses us (403): the policy of our token does not allow it, or the token ended',
      }
    : { trouble: 'unusable', why: `Vault does not take the request (${status})` };

/** `mount/data/path`; the mount is the first step, unless `?mount=` names one of several steps. */
export const vaultPath = ({ path, options }: Place): string | Trouble => {
  const { mount = path.split('/', 1)[0] ?? '' } = options;
  const rest = path.startsWith(`${mount}/`) ? path.slice(mount.length + 1) : '';
  const steps = [...mount.split('/'), 'data', ...rest.split('/')];
  if (mount === '' || rest === '' || steps.some((step) => ['', '.', '..'].includes(step)))
    return { trouble: 'unusable', why: 'vault:// needs a mount and a path: vault://mount/path#field' };
  return steps.map(encodeURIComponent).join('/');
};

const versionOf = ({ options: { version } }: Place): string =>
  version ? `?version=${encodeURIComponent(version)}` : '';

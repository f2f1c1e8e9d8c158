import type { Settings } from './config.ts';
import type { SecretOrigin } from './config-secrets.ts';
import { systemClock } from './core/clock.ts';
import type { Secret } from './core/secret.ts';
import { createAwsStore } from './secrets/aws.ts';
import { createAzureStore } from './secrets/azure.ts';
import { type Environment, readVariable } from './secrets/env.ts';
import { fileStore, readSecretFile } from './secrets/file.ts';
import type { Place, Scheme } from './secrets/reference.ts';
import type { Found, Store, Trouble } from './secrets/store.ts';
import { createVaultStore } from './secrets/vault.ts';
import type { VaultAuth } from './secrets/vault-login.ts';

/** Every store; each is opened when it is first asked. */
export interface Stores {
  storeOf(place: Pick<Place, 'scheme'>): Store;
  /** Ends what renews our tokens. */
  close(): void;
}

export interface StoresNeeds {
  /** Undefined: they are wrong, and that is told elsewhere. */
  readonly secrets: Settings['secrets'] | undefined;
  /** Of the secrets in them. */
  readonly origins: readonly SecretOrigin[];
  readonly env: Environment;
}

type Closable = Store & { close?(): void };

export const openStores = ({ secrets, origins, env }: StoresNeeds): Stores => {
  const shown = (secret: Secret): Found | Trouble => {
    const place = origins.find(({ found }) => found.secret === secret)?.place;
    return (place && readHere(place, env)) ?? { secret };
  };
  const open: Readonly<Record<Scheme, () => Closable>> = {
    env: () => ({ read: async (place) => readVariable(place, env), write: async () => READ_ONLY }),
    file: () => fileStore,
    vault: () => (secrets ? openVault(secrets.vault, shown) : closed(UNKNOWN)),
    awssm: () => (secrets ? createAwsStore(secrets.aws) : closed(UNKNOWN)),
    azkv: () => createAzureStore(),
  };
  const opened = new Map<Scheme, Closable>();
  return {
    storeOf({ scheme }) {
      const store = opened.get(scheme) ?? open[scheme]();
      opened.set(scheme, store);
      return store;
    },
    close() {
      for (const store of opened.values()) store.close?.();
    },
  };
};

/** What is on this machine; undefined for what is not. */
export const readHere = (place: Place, env: Environment): Found | Trouble | undefined =>
  place.scheme === 'env' ? readVariable(place, env) : place.scheme === 'file' ? readSecretFile(place) : undefined;

const READ_ONLY: Trouble = { trouble: 'unusable', why: 'nothing can be put into env://' };
const UNKNOWN: Trouble = { trouble: 'unreachable', why: 'the settings of the stores (secrets) are wrong' };

const closed = (trouble: Trouble): Store => ({ read: async () => trouble, write: async () => trouble });

type VaultSettings = Settings['secrets']['vault'];

const openVault = (settings: VaultSettings, shown: (secret: Secret) => Found | Trouble): Closable => {
  const { address, namespace } = settings;
  const auth = authOf(settings, shown);
  if (!address) return closed(lacking('address (VAULT_ADDR)'));
  return 'trouble' in auth ? closed(auth) : createVaultStore({ address, namespace, auth }, { clock: systemClock });
};

const authOf = (settings: VaultSettings, shown: (secret: Secret) => Found | Trouble): VaultAuth | Trouble => {
  const { auth: method, mount = method, token, roleId, secretId, role, jwtFile } = settings;
  if (method === 'token') return token ? { method, token: () => shown(token) } : lacking('token (VAULT_TOKEN)');
  if (method === 'approle') {
    if (!roleId) return lacking('roleId (VAULT_ROLE_ID)');
    return secretId
      ? { method, mount, roleId, secretId: () => shown(secretId) }
      : lacking('secretId (VAULT_SECRET_ID)');
  }
  const jwt = () => readSecretFile({ scheme: 'file', path: jwtFile, options: {} });
  return role ? { method, mount, role, jwt } : lacking('role (VAULT_ROLE)');
};

const lacking = (name: string): Trouble => ({
  trouble: 'unusable',
  why: `needs the setting secrets.vault.${name}`,
});

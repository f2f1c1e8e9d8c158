import type { TokenCredential } from '@azure/identity';
import type { SecretClient } from '@azure/keyvault-secrets';
import { fieldOf, withField } from './json-field.ts';
import { absentPackage } from './load.ts';
import type { Place } from './reference.ts';
import { ANSWER_MS, isTrouble, type Store, type Trouble } from './store.ts';

export interface AzureNeeds {
  /** Who we are; without it as the environment says (workload identity, managed identity, a client secret, the CLI). */
  readonly credential?: TokenCredential | undefined;
  /** For a vault that is not Azure's own, as in tests: its token is for another resource than its host. */
  readonly isForeign?: boolean;
}

/**
 * `azkv://vault/name`: Azure Key Vault, by its official client. `vault` is a name, or a host of another cloud. The client checks
 * that the host that asks for our token is one that the token is for
 * (https://learn.microsoft.com/azure/key-vault/general/authentication-requests-and-responses).
 */
export const createAzureStore = (needs: AzureNeeds = {}): Store => {
  const clients = new Map<string, Promise<SecretClient | Trouble>>();

  const clientOf = async (host: string): Promise<SecretClient | Trouble> => {
    const opening = clients.get(host) ?? open(host, needs).catch(unopened);
    clients.set(host, opening);
    const client = await opening;
    if (isTrouble(client)) clients.delete(host); // it may be mended
    return client;
  };
  const asked = async <T>(place: Place, ask: Ask<T>): Promise<T | Trouble> => {
    const parts = azureParts(place);
    if (isTrouble(parts)) return parts;
    const client = await clientOf(parts.host);
    if (isTrouble(client)) return client;
    return ask(client, parts).catch(troubleOf);
  };
  return {
    read: (place) =>
      asked(place, async (client, { name, version }) => {
        const { value = '', properties } = await client.getSecret(name, { ...(version && { version }), ...limits() });
        const secret = fieldOf(value, place.field);
        if (isTrouble(secret)) return secret;
        return { secret, version: properties.version, expiresAt: properties.expiresOn?.getTime() };
      }),
    write: (place, value) =>
      asked(place, async (client, { name }) => {
        const before = await client.getSecret(name, limits()).catch(unlessAbsent);
        const text = withField(before?.value, place.field, value.expose());
        if (typeof text !== 'string') return text;
        // A new version has nothing of the old one but what is said again.
        const { contentType, tags } = before?.properties ?? {};
        await client.setSecret(name, text, { ...(contentType && { contentType }), ...(tags && { tags }), ...limits() });
        return undefined;
      }),
  };
};

type Ask<T> = (client: SecretClient, parts: { name: string; version: string }) => Promise<T | Trouble>;

const limits = () => ({ abortSignal: AbortSignal.timeout(ANSWER_MS) });

const open = async (host: string, { credential, isForeign = false }: AzureNeeds): Promise<SecretClient | Trouble> => {
  const absent = absentPackage('@azure/keyvault-secrets', '@azure/identity');
  const sdk = await import('@azure/keyvault-secrets').catch(absent);
  if (isTrouble(sdk)) return sdk;
  const who = credential ?? (await ourselves());
  if (isTrouble(who)) return who;
  return new sdk.SecretClient(`https://${host}`, who, {
    disableChallengeResourceVerification: isForeign,
    retryOptions: { maxRetries: 1 },
  });
};

/** Its message may quote a variable of the environment. */
const unopened = (error: unknown): Trouble => {
  const name = error instanceof Error ? error.name : 'unknown';
  const why = `the client of Azure cannot be set up (${name}): check the variables AZURE_*`;
  return { trouble: 'unusable', why };
};

const ourselves = async (): Promise<TokenCredential | Trouble> => {
  const identity = await import('@azure/identity').catch(absentPackage('@azure/identity'));
  return isTrouble(identity) ? identity : new identity.DefaultAzureCredential();
};

/** `vault/name[/version]`; a vault without a dot is one of Azure's public cloud. */
export const azureParts = ({ path, options }: Place): { host: string; name: string; version: string } | Trouble => {
  const {
    vault = '',
    name = '',
    version = '',
  } = /^(?<vault>[A-Za-z0-9.-]+(:\d+)?)\/(?<name>[A-Za-z0-9-]+)(\/(?<version>[A-Za-z0-9]+))?$/.exec(path)?.groups ?? {};
  if (vault === '') return { trouble: 'unusable', why: 'azkv:// needs a vault and a name: azkv://vault/name' };
  const host = /[.:]/.test(vault) ? vault : `${vault}.vault.azure.net`;
  return { host, name, version: version || (options['version'] ?? '') };
};

const statusOf = (error: unknown): unknown => (error as { statusCode?: unknown }).statusCode;

const unlessAbsent = (error: unknown): undefined => {
  if (statusOf(error) !== 404) throw error;
};

/**
 * By what Key Vault publishes alone: a `code` beside the status, for a proxy may answer 403, too
 * (https://learn.microsoft.com/azure/key-vault/general/rest-error-codes). A message may quote what we sent.
 */
const troubleOf = (error: unknown): Trouble => {
  const { name = 'error', code, message = '' } = error as { name?: string; code?: unknown; message?: string };
  const status = statusOf(error);
  const told = typeof status === 'number' ? status : typeof code === 'string' ? code : name;
  if (/challenge resource/.test(message))
    return { trouble: 'refused', why: 'the vault asks for a token that is not for its host; see docs/secrets.md' };
  if (UNKNOWN_TO_AZURE.has(name) && !(Number(status) >= 500))
    return { trouble: 'refused', why: `Azure does not know who we are (${name}): check the credential` };
  if (typeof code === 'string' && typeof status === 'number') {
    if (status === 404) return { trouble: 'absent', why: 'Azure has no such secret, or no such version of it (404)' };
    if (status === 401 || status === 403)
      return { trouble: 'refused', why: `Azure refuses us (${told}): no role, or the secret is disabled` };
    if (status >= 400 && status < 500 && ![408, 429].includes(status))
      return { trouble: 'unusable', why: `Azure does not take the request (${told})` };
  }
  return { trouble: 'unreachable', why: `Azure does not answer as it should (${told})` };
};

const UNKNOWN_TO_AZURE = new Set([
  ...['CredentialUnavailableError', 'AuthenticationRequiredError', 'AuthenticationError'],
  'AggregateAuthenticationError',
]);

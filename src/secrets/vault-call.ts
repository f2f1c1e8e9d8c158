import { ANSWER_MS, type Trouble } from './store.ts';

export interface VaultAddress {
  readonly address: URL;
  /** Of Vault Enterprise and HCP. */
  readonly namespace?: string | undefined;
}

export interface VaultCall {
  readonly path: string;
  readonly method?: 'GET' | 'POST';
  readonly token?: string;
  readonly body?: unknown;
}

/** What Vault answered: JSON, or nothing. */
export interface VaultAnswer {
  readonly status: number;
  readonly body: unknown;
}

/**
 * One call to Vault's HTTP API (https://developer.hashicorp.com/vault/api-docs). There is no official client for Node, and
 * this is all that one would do. No redirect is followed: the token would go along.
 */
export const createVaultCall =
  ({ address, namespace }: VaultAddress) =>
  async ({ path, method = 'GET', token, body }: VaultCall): Promise<VaultAnswer | Trouble> => {
    const headers = {
      'x-vault-request': 'true',
      ...(token !== undefined && { 'x-vault-token': token }),
      ...(namespace && { 'x-vault-namespace': namespace }),
    };
    try {
      const answer = await fetch(new URL(`${address.pathname.replace(/\/$/, '')}/v1/${path}`, address), {
        ...{ method, headers, redirect: 'manual', signal: AbortSignal.timeout(ANSWER_MS) },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      const told = { status: answer.status, body: parsed(await answer.text()) };
      const isVault = told.status === 204 || told.body !== undefined;
      return outage(told.status) ?? (isVault ? told : unreachable(`what answers is not Vault (${told.status})`));
    } catch (error) {
      return unreachable(`Vault does not answer (${causeOf(error)})`);
    }
  };

/** Codes that say nothing of the secret (https://developer.hashicorp.com/vault/api-docs#http-status-codes). */
const outage = (status: number): Trouble | undefined => {
  if (status === 503) return unreachable('Vault is sealed or in maintenance (503)');
  if (status === 429) return unreachable('Vault asks us to wait (429)');
  if (status >= 300 && status < 400)
    return unreachable(`Vault sends us elsewhere (${status}); give the address of the active node`);
  // 472 and 473: a standby that does not forward. 412: it has not caught up yet.
  return status >= 500 || [412, 472, 473].includes(status) ? unreachable(`Vault is not well (${status})`) : undefined;
};

const unreachable = (why: string): Trouble => ({ trouble: 'unreachable', why });

/** `ECONNREFUSED`, `TimeoutError`: a name, and never text of the other side. */
const causeOf = (error: unknown): string => {
  const { cause, name } = error as Error & { cause?: { code?: unknown } };
  return typeof cause?.code === 'string' ? cause.code : name;
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

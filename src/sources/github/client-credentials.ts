import { createPrivateKey } from 'node:crypto';
import { createAppAuth } from '@octokit/auth-app';
import { Fault } from '../../core/errors.ts';
import { fixedSecret, type Live } from '../../core/live-secret.ts';
import type { Secret } from '../../core/secret.ts';
import { GithubRefusal } from './refusal.ts';

/** Who we are to GitHub. Neither: a stranger, who sees public repositories, 60 calls an hour. */
export interface GithubCredentials {
  /** A personal access token. */
  readonly token?: Secret | undefined;
  /** How the token goes on; absent: as it is. */
  readonly live?: Live | undefined;
  /** An App, which goes before a token. Its key is a PEM (PKCS#1 or PKCS#8), with real or written `\n`, or its base64. */
  readonly app?: { readonly id: string; readonly privateKey: Secret } | undefined;
}

/**
 * As whom a call is made: the App itself, a stranger, or what may see the repositories of an account (`owner` or
 * `owner/name`).
 */
export type Caller = 'app' | 'anybody' | { readonly account: string };

export interface Credentials {
  /** The `Authorization` header; undefined for a stranger. Rejects as the calls do that it needs. */
  header(caller: Caller): Promise<string | undefined>;
  /** For git: user and password. */
  basic(account: string): Promise<string | undefined>;
  /** GitHub took the last header for wrong: what can be made anew is. */
  refused(caller: Caller): void;
}

/** A call of ours as the App, for what the credentials themselves need. */
type AsApp = (call: { readonly path: string; readonly authorization: string }) => Promise<unknown>;

export const createCredentials = (
  { token, app, live = fixedSecret }: GithubCredentials,
  needs: { readonly request: unknown; readonly asApp: AsApp },
): Credentials => {
  if (!app) {
    const held = token && live(token);
    return {
      // A token has 5,000 calls an hour, a stranger 60.
      header: async () => held && `Bearer ${held.now().expose()}`,
      basic: async () => held && basicOf(held.now().expose()),
      refused: () => void held?.newerThan(held.known()[0]),
    };
  }
  const { header, refused, installationToken } = createApp(app, needs);
  return { header, refused, basic: async (account) => basicOf(await installationToken(account)) };
};

const basicOf = (token: string): string => `Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`;

const createApp = (
  { id, privateKey }: NonNullable<GithubCredentials['app']>,
  { request, asApp }: { readonly request: unknown; readonly asApp: AsApp },
) => {
  const auth = createAppAuth({ appId: id, privateKey: pemOf(privateKey), request: request as never });
  /** One installation per owner. */
  const installations = new Map<string, Promise<number>>();
  const stale = new Set<string>();

  const jwt = async (): Promise<string> => `Bearer ${(await auth({ type: 'app' })).token}`;
  const look = async (account: string): Promise<number> => {
    const paths = account.includes('/') ? [`/repos/${account}`] : [`/orgs/${account}`, `/users/${account}`];
    const ask = async (path: string) => asApp({ path: `${path}/installation`, authorization: await jwt() });
    const [first = '', second] = paths;
    const found = await ask(first).catch((error: unknown) => {
      if (second && error instanceof GithubRefusal && error.status === 404) return ask(second);
      throw error;
    });
    const { id: number } = (found ?? {}) as { id?: unknown };
    if (typeof number !== 'number') throw new GithubRefusal(404, 'an installation of the App without an id');
    return number;
  };
  const installation = (account: string): Promise<number> => {
    const owner = ownerOf(account);
    const known = installations.get(owner) ?? look(account);
    installations.set(owner, known);
    known.catch(() => installations.delete(owner)); // it may be installed later
    return known;
  };
  const installationToken = async (account: string): Promise<string> => {
    const owner = ownerOf(account);
    const make = async (): Promise<string> => {
      const installationId = await installation(account);
      return (await auth({ type: 'installation', installationId, refresh: stale.delete(owner) })).token;
    };
    const isKnown = installations.has(owner);
    return make().catch((error: unknown) => {
      if ((error as { status?: unknown }).status !== 404) throw error;
      // It may have been removed and installed again: then it has another number.
      installations.delete(owner);
      if (!isKnown) throw error;
      return make();
    });
  };
  return {
    installationToken,
    async header(caller: Caller) {
      if (caller === 'anybody') return undefined;
      return caller === 'app' ? jwt() : `Bearer ${await installationToken(caller.account)}`;
    },
    refused(caller: Caller) {
      if (typeof caller === 'string') return;
      installations.delete(ownerOf(caller.account));
      stale.add(ownerOf(caller.account));
    },
  };
};

const ownerOf = (account: string): string => account.split('/', 1)[0]?.toLowerCase() ?? '';

/** Environment variables hold a PEM in three ways. Errors: `Fault` `config.invalid`. */
const pemOf = (key: Secret): string => {
  const plain = key.expose().replaceAll('\\n', '\n');
  const pem = plain.includes('-----BEGIN') ? plain : Buffer.from(plain, 'base64').toString('utf8');
  try {
    return String(createPrivateKey(pem).export({ type: 'pkcs8', format: 'pem' }));
  } catch {
    throw new Fault(
      'config.invalid',
      'github.privateKey (PRIVATE_KEY): is no private key in PEM, nor the base64 of one',
    );
  }
};

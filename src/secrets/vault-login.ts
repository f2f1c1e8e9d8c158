import * as z from 'zod';
import type { Clock } from '../core/clock.ts';
import { type Found, isTrouble, type Trouble } from './store.ts';
import type { VaultAnswer, VaultCall } from './vault-call.ts';

/** What we show. It is read anew for every login, for it may have been renewed. */
type Shown = () => Found | Trouble;

/** How we sign in: https://developer.hashicorp.com/vault/docs/auth. `mount`: where the method is mounted. */
export type VaultAuth =
  | { readonly method: 'token'; readonly token: Shown }
  | { readonly method: 'approle'; readonly mount: string; readonly roleId: string; readonly secretId: Shown }
  | { readonly method: 'kubernetes'; readonly mount: string; readonly role: string; readonly jwt: Shown };

export interface VaultLogin {
  /** A token that should be good. */
  token(): Promise<string | Trouble>;
  /** Vault refused it: the next comes from a new login. */
  refused(token: string): void;
  /** Ends the renewal. */
  close(): void;
}

interface Needs {
  readonly call: (call: VaultCall) => Promise<VaultAnswer | Trouble>;
  readonly auth: VaultAuth;
  readonly clock: Clock;
}

interface Session {
  readonly token: string;
  readonly renewable: boolean;
  /** By the monotonic clock; infinite for a token that does not end. */
  readonly ends: number;
}

const DAY_MS = 86_400_000;
/** A token that ends so soon has reached its greatest age: Vault renews it no further. */
const LEAST_LIFE_MS = 1_000;

/** Signs in when a token is first needed, and renews the token when two thirds of its life are over. */
export const createVaultLogin = ({ call, auth, clock }: Needs): VaultLogin => {
  const ended = new AbortController();
  let session: Session | undefined;
  let signing: Promise<Session | Trouble> | undefined;

  const isOver = ({ ends }: Session): boolean => ends <= clock.monotonic();
  const signIn = async (): Promise<Session | Trouble> => {
    const granted = await login(call, auth);
    signing = undefined;
    if (isTrouble(granted)) return granted;
    session = sessionOf(granted, clock);
    if (session.renewable) void keep(session);
    return session;
  };
  const keep = async (own: Session): Promise<void> => {
    let kept = own;
    for (;;) {
      const left = kept.ends - clock.monotonic();
      if (left < LEAST_LIFE_MS) return;
      await clock.sleep(Math.min((left * 2) / 3, DAY_MS), ended.signal); // a timer cannot wait for longer than 24 days
      if (ended.signal.aborted || session !== kept) return;
      const granted = await call({ path: 'auth/token/renew-self', method: 'POST', token: kept.token, body: {} });
      const renewed = isTrouble(granted) ? undefined : Granted.safeParse(granted.body).data?.auth;
      if (session !== kept) return;
      if (renewed) session = kept = { ...sessionOf(renewed, clock), token: kept.token };
    }
  };
  return {
    async token() {
      if (session && !isOver(session)) return session.token;
      signing ??= signIn();
      const signed = await signing;
      return isTrouble(signed) ? signed : signed.token;
    },
    refused(token) {
      if (session?.token === token) session = undefined;
    },
    close: () => ended.abort(),
  };
};

/** https://developer.hashicorp.com/vault/api-docs/auth/approle#login-with-approle; the other methods answer alike. */
const Granted = z.object({
  auth: z.object({ client_token: z.string().min(1), lease_duration: z.number(), renewable: z.boolean() }),
});
type Grant = z.infer<typeof Granted>['auth'];

/** https://developer.hashicorp.com/vault/api-docs/auth/token#lookup-a-token-self */
const Looked = z.object({ data: z.object({ ttl: z.number(), renewable: z.boolean().default(false) }) });

const sessionOf = ({ client_token: token, lease_duration: seconds, renewable }: Grant, clock: Clock): Session => ({
  ...{ token, renewable: renewable && seconds > 0 },
  ends: seconds > 0 ? clock.monotonic() + seconds * 1_000 : Number.POSITIVE_INFINITY,
});

const login = async (call: Needs['call'], auth: VaultAuth): Promise<Grant | Trouble> => {
  const shown = auth.method === 'token' ? auth.token() : auth.method === 'approle' ? auth.secretId() : auth.jwt();
  if (isTrouble(shown)) return { ...shown, why: `what Vault is shown to sign in (${auth.method}): ${shown.why}` };
  const text = shown.secret.expose().trim();
  if (auth.method === 'token') return look(call, text);
  const body = auth.method === 'approle' ? { role_id: auth.roleId, secret_id: text } : { role: auth.role, jwt: text };
  const answer = await call({ path: `auth/${auth.mount}/login`, method: 'POST', body });
  if (isTrouble(answer)) return answer;
  return Granted.safeParse(answer.body).data?.auth ?? refusal(auth.method, answer.status);
};

/** A token is there already; only how long it lives is asked. One that may not ask that may still read secrets. */
const look = async (call: Needs['call'], token: string): Promise<Grant | Trouble> => {
  const answer = await call({ path: 'auth/token/lookup-self', token });
  if (isTrouble(answer)) return answer;
  const { ttl = 0, renewable = false } = Looked.safeParse(answer.body).data?.data ?? {};
  return { client_token: token, lease_duration: ttl, renewable };
};

const refusal = (method: string, status: number): Trouble => ({
  trouble: 'refused',
  why: `Vault does not let us sign in by ${method} (${status}); check secrets.vault`,
});

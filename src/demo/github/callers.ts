import { randomBytes, verify } from 'node:crypto';
import type { Answer } from '../http.ts';
import { type Caller, problem, type Route } from './route.ts';

/** A GitHub App that the emulated GitHub knows. */
export interface App {
  readonly id: number;
  /** PEM; its private half signs the App's JWTs. */
  readonly publicKey: string;
  readonly slug: string;
  readonly webhookSecret?: string;
  /** What it was given; default: what a scanner of leaks needs. */
  readonly permissions?: Readonly<Record<string, string>>;
  readonly events?: readonly string[];
}

interface Needs {
  readonly token: string;
  /** Whose token it is. */
  readonly login: string;
  readonly app: App | undefined;
  readonly now: () => number;
}

const TEN_MINUTES = 600;
const HOUR = 3_600_000;

const part = (text: string): Readonly<Record<string, unknown>> => {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString()) as Record<string, unknown>;
  } catch {
    return {};
  }
};

/**
 * What is wrong with an App's JWT, in GitHub's words; undefined when it is right
 * (docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app).
 */
const faultOf = (jwt: string, app: App, now: number): string | undefined => {
  const [head = '', claims = '', signature = ''] = jwt.split('.');
  if (part(head)['alg'] !== 'RS256') return 'A JSON web token could not be decoded';
  const signed = verify('sha256', Buffer.from(`${head}.${claims}`), app.publicKey, Buffer.from(signature, 'base64url'));
  if (!signed) return 'A JSON web token could not be decoded';
  const { iss, iat, exp } = part(claims) as { iss?: unknown; iat?: unknown; exp?: unknown };
  if (String(iss) !== String(app.id)) return 'Integration not found';
  if (typeof exp !== 'number' || exp * 1000 <= now) return "'Expiration time' claim ('exp') must be a future time";
  if (exp > now / 1000 + TEN_MINUTES) return "'Expiration time' claim ('exp') is too far in the future";
  return typeof iat === 'number' && iat <= now / 1000 + 1
    ? undefined
    : "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued";
};

/** Tells callers apart by what they present, and makes installation tokens. */
export const createCallers = ({ token, login, app, now }: Needs) => {
  const granted = new Map<string, { readonly account: string; readonly until: number }>();
  const bot = app ? `${app.slug}[bot]` : login;
  const read = (secret: string): Caller | Answer => {
    if (secret === token) return { kind: 'user', login };
    const grant = granted.get(secret);
    if (grant && grant.until > now()) return { kind: 'installation', login: bot, account: grant.account };
    if (!app || secret.split('.').length !== 3 || secret.startsWith('ghs_')) return problem(401, 'Bad credentials');
    const fault = faultOf(secret, app, now());
    return fault === undefined ? { kind: 'app', login: bot } : problem(401, fault);
  };
  return {
    /** The caller behind an Authorization header, or the 401 it gets. */
    of(authorization: string): Caller | Answer {
      if (/^basic /i.test(authorization)) {
        const pair = Buffer.from(authorization.slice(6), 'base64').toString();
        return read(pair.slice(pair.indexOf(':') + 1));
      }
      if (!/^(token|bearer) /i.test(authorization)) return { kind: 'nobody' };
      return read(authorization.slice(authorization.indexOf(' ') + 1));
    },
    /** A new installation token; since April 2026 GitHub's have this form and about this length. */
    grant(account: string): { readonly token: string; readonly until: number } {
      const [head, claims, signature] = [24, 90, 256].map((bytes) => randomBytes(bytes).toString('base64url'));
      const made = `ghs_${app?.id ?? 0}_${head}.${claims}.${signature}`;
      const until = Math.floor(now() / 1000) * 1000 + HOUR;
      granted.set(made, { account, until });
      return { token: made, until };
    },
    /** Ends a token before its time. */
    revoke: (secret: string) => granted.delete(secret),
  };
};

export type Callers = ReturnType<typeof createCallers>;

/** What a caller is answered who may not make this call; undefined when it may. */
export const refusalOf = (caller: Caller, { by }: Pick<Route, 'by'>): Answer | undefined => {
  if (by === 'anyone') return undefined;
  if (caller.kind === 'nobody') return problem(401, 'Requires authentication');
  if (by === 'app') return caller.kind === 'app' ? undefined : problem(401, 'A JSON web token could not be decoded');
  const fits = by === undefined ? caller.kind !== 'app' : caller.kind === by;
  return fits ? undefined : problem(403, 'Resource not accessible by integration');
};

import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';

/** What the issuer says of a live key, as far as access hangs on it. */
interface Access {
  readonly id: string;
  readonly permissions: readonly string[];
}
type Answered = { readonly api_key?: Partial<Access> | null } | null;

/** `null`: a definite no. Undefined: nobody knows. */
type Found = Access | null | undefined;

export interface AccessSettings {
  /** `https://api.workos.com` */
  readonly issuer: URL;
  readonly credential: string;
  /** `REVOCATION_SECRET` of Keyfuse. */
  readonly noticeSecret: string;
  /** So long a yes is remembered. */
  readonly ttlMs?: number;
  /** So long it stands beyond that while the issuer gives no answer. */
  readonly graceMs?: number;
  readonly now?: () => number;
}

/** So soon nobody is asked again about a key that got no yes. */
const AGAIN_MS = 2_000;
const DEADLINE_MS = 3_000;
const MOST_KEYS = 10_000;
const TOLERANCE_S = 300;
const NOTICE_BYTES = 65_536;

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** A map that forgets what was put in first when it is full. */
const createBounded = <T>() => {
  const entries = new Map<string, T>();
  return {
    get: (name: string): T | undefined => entries.get(name),
    delete: (name: string): boolean => entries.delete(name),
    set(name: string, value: T): void {
      entries.delete(name);
      entries.set(name, value);
      const [oldest] = entries.keys();
      if (entries.size > MOST_KEYS && oldest !== undefined) entries.delete(oldest);
    },
  };
};

/** Only an explicit `api_key` is an answer: a 5xx, a page of a proxy or a new shape says nothing of the key. */
const ask = async ({ issuer, credential }: AccessSettings, key: string): Promise<Found> => {
  const answer = await fetch(new URL('/api_keys/validations', issuer), {
    ...{ method: 'POST', redirect: 'error', signal: AbortSignal.timeout(DEADLINE_MS) },
    headers: { authorization: `Bearer ${credential}`, 'content-type': 'application/json' },
    body: JSON.stringify({ value: key }),
  });
  const found = answer.status === 200 ? ((await answer.json()) as Answered)?.api_key : undefined;
  if (found === null) return null;
  return typeof found?.id === 'string' && Array.isArray(found.permissions) ? (found as Access) : undefined;
};

/** Who may do what. Keys are known by their digest: none is kept. */
export const createAccess = (settings: AccessSettings) => {
  const { ttlMs = 60_000, graceMs = 300_000, now = Date.now } = settings;
  const yes = createBounded<{ readonly access: Access; readonly at: number }>();
  // Apart, so that a flood of invented keys drives no good one out.
  const others = createBounded<{ readonly found: null | undefined; readonly at: number }>();
  /** Digests and ids of keys that were cut: an answer that was on its way meanwhile brings none back. */
  const cut = createBounded<true>();
  const asking = new Map<string, Promise<Found>>();

  const learn = async (key: string, digest: string): Promise<Found> => {
    const at = now();
    const found = await ask(settings, key).catch(() => undefined);
    if (found) yes.set(digest, { access: found, at });
    else others.set(digest, { found, at: now() });
    if (found === null) yes.delete(digest);
    return found;
  };

  /** One question for all who ask at the same time. */
  const learnOnce = (key: string, digest: string): Promise<Found> => {
    const question = asking.get(digest) ?? learn(key, digest).finally(() => asking.delete(digest));
    asking.set(digest, question);
    return question;
  };

  const find = async (key: string, digest: string): Promise<Found> => {
    const known = yes.get(digest);
    if (known && now() - known.at < ttlMs) return known.access;
    const other = others.get(digest);
    const found = other && now() - other.at < AGAIN_MS ? other.found : await learnOnce(key, digest);
    // Closed when in doubt, but not at once: an issuer that is away for minutes need not take everybody with it.
    return found === undefined && known && now() - known.at < ttlMs + graceMs ? known.access : found;
  };

  return {
    /** 401: no key. 403: it may not. 503: nobody knows; not the caller's fault. */
    async check(key: string, permission: string): Promise<200 | 401 | 403 | 503> {
      const digest = sha256(key);
      if (cut.get(digest)) return 401;
      const found = await find(key, digest);
      if (found === undefined) return 503;
      if (found === null || cut.get(digest) || cut.get(found.id)) return 401;
      return found.permissions.includes(permission) ? 200 : 403;
    },
    /** Keys that are dead, by digest or id. */
    forget(...names: readonly (string | undefined)[]): void {
      for (const name of names) if (name !== undefined) cut.set(name, true);
    },
  };
};

/** Whether a notice is signed, and new enough: https://www.standardwebhooks.com */
export const isGenuine = (
  { headers, body }: { readonly headers: IncomingMessage['headers']; readonly body: Buffer },
  secret: string,
  now: number,
): boolean => {
  const [id, at, signatures] = ['id', 'timestamp', 'signature'].map((name) => String(headers[`webhook-${name}`] ?? ''));
  if (!id || !at || Math.abs(now / 1000 - Number(at)) > TOLERANCE_S || !/^\d+$/.test(at)) return false;
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const wanted = createHmac('sha256', key).update(`${id}.${at}.`).update(body).digest();
  return (signatures ?? '').split(' ').some((one) => {
    const given = Buffer.from(one.replace(/^v1,/, ''), 'base64');
    return given.length === wanted.length && timingSafeEqual(given, wanted);
  });
};

const readBody = async (request: IncomingMessage): Promise<Buffer | undefined> => {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > NOTICE_BYTES) return undefined;
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
};

/** The status of the answer to a notice. Who replays one says again what is true: it needs no memory of ids. */
const hear = async (request: IncomingMessage, settings: AccessSettings, forget: Checks['forget']): Promise<number> => {
  const body = await readBody(request);
  if (!body) return 413;
  const { headers } = request;
  if (!isGenuine({ headers, body }, settings.noticeSecret, (settings.now ?? Date.now)())) return 401;
  const { type, data } = JSON.parse(body.toString());
  if (type === 'api_key.revoked') forget(data.sha256, data.keyId);
  return 204;
};

type Checks = ReturnType<typeof createAccess>;

/** Your API, with one page that wants `posts:read`. */
export const createApi = (settings: AccessSettings): Server => {
  const access = createAccess(settings);
  const statusOf = async (request: IncomingMessage): Promise<number> => {
    if (request.method === 'POST' && request.url === '/keyfuse') return hear(request, settings, access.forget);
    if (request.method !== 'GET' || request.url !== '/posts') return 404;
    const [, key] = /^Bearer (\S{1,512})$/.exec(request.headers.authorization ?? '') ?? [];
    return key === undefined ? 401 : access.check(key, 'posts:read');
  };
  return createServer((request, response) => {
    statusOf(request)
      .catch(() => 400)
      .then((status) => response.writeHead(status, status === 413 ? { connection: 'close' } : {}).end());
  });
};

if (import.meta.main) {
  const { WORKOS_API_KEY: credential = '', REVOCATION_SECRET: noticeSecret = '', PORT = '3000' } = process.env;
  // With an empty secret anybody could sign a notice.
  if (!credential || !noticeSecret)
    throw new Error('set WORKOS_API_KEY and REVOCATION_SECRET, the same as Keyfuse has');
  const issuer = new URL(process.env['WORKOS_BASE_URL'] ?? 'https://api.workos.com');
  const server = createApi({ issuer, credential, noticeSecret });
  server.listen(Number(PORT), '127.0.0.1', () => process.stderr.write(`http://127.0.0.1:${PORT}/posts\n`));
}

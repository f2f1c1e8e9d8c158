import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Aim, createFaults, type Fault, type Faults, type Injection, play } from './faults.ts';
import { type Answer, listen, readBody, send, stopListening } from './http.ts';
import { answerCall, type Books, type Call, findCall, type WorkosRoute } from './workos-api.ts';
import { type Assumptions, createKeys, ulid } from './workos-keys.ts';
import { createLedger, type Ledger, type WorkosStats } from './workos-ledger.ts';

/** At most `max` calls per `perMs`, then 429; `retryAfter: false` leaves the Retry-After header out. */
export interface RateLimit {
  readonly max: number;
  readonly perMs: number;
  readonly retryAfter?: boolean;
}

export interface EmulatedWorkosOptions {
  /** The environment key that callers must present as their bearer token. */
  readonly credential: string;
  /** Milliseconds since 1970; default Date.now. */
  readonly now?: () => number;
  /** Every answer comes this much late, in ms. */
  readonly latencyMs?: number;
  readonly rateLimit?: RateLimit;
  /** How customer keys look: default `sk_` and 43 alphanumerics. */
  readonly format?: { readonly prefix: string; readonly length: number };
  readonly assume?: Partial<Assumptions>;
}

/** A key to issue; without `user` it belongs to the organization, without `organization` to a default one. */
export interface IssueKey {
  readonly organization?: string;
  readonly user?: string;
  readonly name: string;
  readonly permissions?: readonly string[];
  /** Milliseconds since 1970. */
  readonly expiresAt?: number;
  /** The same seed gives the same value. */
  readonly seed?: string;
  readonly prefix?: string;
}

/** One emulated WorkOS environment on a loopback port, with its books open to tests. */
export interface EmulatedWorkos {
  readonly url: string;
  readonly credential: string;
  /** Makes a live key, and its organization and user if they are new. */
  issueKey(key: IssueKey): { readonly id: string; readonly value: string };
  addOrganization(id: string): void;
  addUser(id: string): void;
  setLatency(ms: number): void;
  setRateLimit(limit: RateLimit | undefined): void;
  inject(fault: Fault, aim?: Aim<WorkosRoute>): Injection;
  clearFaults(): void;
  stats(): WorkosStats;
  /** How often the value with this SHA-256 (hex) came in for validation. */
  validations(valueSha256: string): number;
  /** SHA-256 (hex) of every value that came in for validation. */
  sentValues(): ReadonlySet<string>;
  /** SHA-256 (hex) of every bearer token that was not our credential: a found key must never be among them. */
  refusedCredentials(): ReadonlySet<string>;
  isLive(id: string): boolean;
  /** When the key was deleted (ms since 1970); undefined while it was not. */
  deletedAt(id: string): number | undefined;
  close(): Promise<void>;
}

type Limiter = () => Answer | undefined;

const createLimiter = (now: () => number, limit: RateLimit | undefined): Limiter => {
  let windowEnd = 0;
  let used = 0;
  return () => {
    if (!limit) return undefined;
    if (now() >= windowEnd) [windowEnd, used] = [now() + limit.perMs, 0];
    used += 1;
    if (used <= limit.max) return undefined;
    const seconds = String(Math.max(1, Math.ceil((windowEnd - now()) / 1000)));
    const headers = limit.retryAfter === false ? {} : { 'retry-after': seconds };
    return { status: 429, headers, body: { message: 'Too many requests.', code: 'rate_limit_exceeded' } };
  };
};

const createBooks = (options: EmulatedWorkosOptions, now: () => number): Books => {
  const assume: Assumptions = {
    lastUsed: 'before',
    propagationMs: 0,
    organizationListsUsers: false,
    ...options.assume,
  };
  const keys = createKeys({ now, assume, format: options.format ?? { prefix: 'sk_', length: 43 } });
  return { keys, organizations: new Set(), users: new Set(), now };
};

const issue = (books: Books, home: string, asked: IssueKey): { id: string; value: string } => {
  const { organization = home, user, ...key } = asked;
  books.organizations.add(organization);
  if (user !== undefined) books.users.add(user);
  const owner =
    user === undefined
      ? ({ type: 'organization', id: organization } as const)
      : ({ type: 'user', id: user, organization_id: organization } as const);
  const { stored, value } = books.keys.issue({ ...key, owner });
  return { id: stored.id, value };
};

/** Everything one environment is made of; what tests may change while it runs is not readonly. */
interface Environment {
  readonly credential: string;
  readonly books: Books;
  readonly ledger: Ledger;
  readonly faults: Faults<WorkosRoute>;
  latencyMs: number;
  limited: Limiter;
}

interface Asked {
  readonly bearer: string;
  readonly query: string;
  readonly body: Buffer;
}

const act = ({ credential, ledger, limited, books }: Environment, call: Call, asked: Asked): Answer => {
  if (asked.bearer === `Bearer ${credential}`) return limited() ?? answerCall(books, call, asked);
  ledger.refuse(asked.bearer.replace(/^Bearer /i, ''));
  return { status: 401, body: { message: 'Unauthorized' } };
};

const REDIRECTED: Answer = { status: 200, body: { api_key: null } };

const answer = async (env: Environment, request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const [path = '', query = ''] = (request.url ?? '').split('?', 2);
  const method = request.method ?? '';
  const call = findCall(method, path);
  env.ledger.note(call.route, method, path);
  const body = await readBody(request);
  if (call.route === 'validate') env.ledger.noteValue(body);
  if (env.latencyMs > 0) await sleep(env.latencyMs);
  const fault = env.faults.strike(call.route);
  const asked: Asked = { bearer: request.headers.authorization ?? '', query, body };
  const turn = { response, act: () => act(env, call, asked) };
  if (path === '/redirected') send(response, REDIRECTED);
  else if (fault) await play(fault, turn);
  else send(response, turn.act());
};

/** Starts an emulated WorkOS environment; it answers until `close`. */
export const startEmulatedWorkos = async (options: EmulatedWorkosOptions): Promise<EmulatedWorkos> => {
  const { credential, latencyMs = 0, rateLimit, now = Date.now } = options;
  const [books, ledger, faults] = [createBooks(options, now), createLedger(now), createFaults<WorkosRoute>()];
  const home = `org_${ulid(now())}`;
  const env: Environment = { credential, books, ledger, faults, latencyMs, limited: createLimiter(now, rateLimit) };
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    answer(env, request, response).catch(() => response.destroy());
  });
  const url = await listen(server);
  return {
    url,
    credential,
    issueKey: (key) => issue(books, home, key),
    addOrganization: (id) => void books.organizations.add(id),
    addUser: (id) => void books.users.add(id),
    setLatency: (ms) => {
      env.latencyMs = ms;
    },
    setRateLimit: (limit) => {
      env.limited = createLimiter(now, limit);
    },
    inject: faults.inject,
    clearFaults: faults.clear,
    stats: ledger.stats,
    validations: ledger.validations,
    sentValues: ledger.sentValues,
    refusedCredentials: ledger.refusedCredentials,
    isLive: books.keys.isLive,
    deletedAt: books.keys.deletedAt,
    close: () => stopListening(server),
  };
};

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Aim, createFaults, type Fault, type Faults, type Injection, play } from './faults.ts';
import { type Answer, listen, readBody, send, stopListening } from './http.ts';
import { type Asked, answerCall, type Books, type Call, findCall, type WorkosRoute } from './workos-api.ts';
import { type AuditEvent, createAudit } from './workos-audit.ts';
import { createEvents } from './workos-events.ts';
import { type Assumptions, createKeys, type HearKey, ulid } from './workos-keys.ts';
import { createLedger, type Ledger, type WorkosStats } from './workos-ledger.ts';
import { createLimiter, type Limiter, type RateLimit } from './workos-limit.ts';
import { createOwners } from './workos-owners.ts';
import { createWebhooks, type WebhookEndpoint, type Webhooks } from './workos-webhooks.ts';

export interface EmulatedWorkosOptions {
  /** The environment key that callers must present as their bearer token. */
  readonly credential: string;
  /** Milliseconds since 1970; default Date.now. */
  readonly now?: () => number;
  /** Every answer comes this much late, in ms. */
  readonly latencyMs?: number;
  readonly rateLimit?: RateLimit;
  /** Of `/user_management/*`, beside the other. */
  readonly userRateLimit?: RateLimit;
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
  addOrganization(id: string, name?: string): void;
  /** Its keys stay, and belong to nobody any more. */
  removeOrganization(id: string): boolean;
  /** With a membership in the organization, if one is named. */
  addUser(id: string, organization?: string): void;
  /** As somebody does at the dashboard; false when there is no such key. */
  removeKey(id: string): boolean;
  /** Events are sent there, signed, from now on. */
  addWebhook(endpoint: WebhookEndpoint): void;
  removeWebhook(url: string): void;
  /** What its customers' trails were told, oldest first. */
  auditEvents(): readonly AuditEvent[];
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

const createBooks = (options: EmulatedWorkosOptions, now: () => number, webhooks: Webhooks): Books => {
  const assume: Assumptions = {
    lastUsed: 'before',
    propagationMs: 0,
    organizationListsUsers: false,
    ...options.assume,
  };
  const events = createEvents(now, webhooks.send);
  const hear: HearKey = (what, key, previous) =>
    events.add(
      `api_key.${what}`,
      previous === undefined ? key : { ...key, previous_attributes: { expires_at: previous } },
    );
  const keys = createKeys({ now, assume, hear, format: options.format ?? { prefix: 'sk_', length: 43 } });
  const owners = createOwners(now);
  return { keys, owners, events, audit: createAudit(now, (id) => owners.has('organization', id)), now };
};

const issue = (books: Books, home: string, asked: IssueKey): { id: string; value: string } => {
  const { organization = home, user, ...key } = asked;
  books.owners.addOrganization(organization);
  if (user !== undefined) books.owners.addUser(user, organization);
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
  readonly usersLimited: Limiter;
}

const act = (
  { credential, ledger, limited, usersLimited, books }: Environment,
  call: Call,
  asked: Asked & { readonly bearer: string; readonly path: string },
): Answer => {
  const ofUsers = asked.path.startsWith('/user_management/') ? usersLimited : () => undefined;
  if (asked.bearer === `Bearer ${credential}`) return limited() ?? ofUsers() ?? answerCall(books, call, asked);
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
  const { authorization: bearer = '', 'idempotency-key': idempotency = '' } = request.headers;
  const asked = { bearer, path, query, body, idempotency: String(idempotency) };
  const turn = { response, act: () => act(env, call, asked) };
  if (path === '/redirected') send(response, REDIRECTED);
  else if (fault) await play(fault, turn);
  else send(response, turn.act());
};

/** Starts an emulated WorkOS environment; it answers until `close`. */
export const startEmulatedWorkos = async (options: EmulatedWorkosOptions): Promise<EmulatedWorkos> => {
  const { credential, latencyMs = 0, rateLimit, now = Date.now } = options;
  const webhooks = createWebhooks(now);
  const books = createBooks(options, now, webhooks);
  const [ledger, faults] = [createLedger(now), createFaults<WorkosRoute>()];
  const home = `org_${ulid(now())}`;
  const limits = { limited: createLimiter(now, rateLimit), usersLimited: createLimiter(now, options.userRateLimit) };
  const env: Environment = { credential, books, ledger, faults, latencyMs, ...limits };
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    answer(env, request, response).catch(() => response.destroy());
  });
  const url = await listen(server);
  return {
    url,
    credential,
    issueKey: (key) => issue(books, home, key),
    ...books.owners,
    removeKey: books.keys.remove,
    addWebhook: webhooks.add,
    removeWebhook: webhooks.remove,
    auditEvents: books.audit.events,
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
    async close() {
      await webhooks.close();
      await stopListening(server);
    },
  };
};

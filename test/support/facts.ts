import type { FactOf, FactType } from '../../src/core/facts.ts';
import type { Origin } from '../../src/core/origin.ts';

const origin: Origin = {
  source: 'github-webhook',
  locator: 'acme/shop@0123456:src/app.ts',
  link: 'https://github.example/acme/shop',
  actor: 'mallory',
  receivedAt: 1_790_000_000_000,
  mode: 'live',
  log: {
    ...{ host: 'web-1', service: 'shop', namespace: 'prod', pod: 'shop-1', container: 'app', trace: '4bf92f' },
    time: 1_790_000_000_000,
  },
};
const about = {
  fingerprint: 'f0'.repeat(32),
  incident: 'inc_f0f0f0f0f0f0f0f0',
  detector: 'workos-customer-key',
  issuer: 'workos',
} as const;
const key = { keyId: 'api_key_01', environment: 'production' } as const;
const evidence = {
  name: 'ci',
  owner: { type: 'organization', id: 'org_01' },
  permissions: ['read', 'write'],
  lastUsedAt: null,
  createdAt: '2026-01-01T00:00:00.000Z',
} as const;

/** One fact of every type, with every optional field. */
export const facts: { readonly [T in FactType]: FactOf<T> } = {
  'daemon.started': {
    type: 'daemon.started',
    version: '0.0.0',
    role: 'all',
    topic: 'embedded',
    mode: 'watch',
    settings: 'a1b2',
  },
  'daemon.stopped': { type: 'daemon.stopped', reason: 'SIGTERM' },
  'fault.raised': { type: 'fault.raised', code: 'store.full', detail: 'no space' },
  'source.accepted': { type: 'source.accepted', source: 'github-webhook', bytes: 10, seconds: 0.2 },
  'source.rejected': {
    type: 'source.rejected',
    source: 'github-webhook',
    reason: 'bad_signature',
    detail: 'no header',
  },
  'source.unscanned': {
    type: 'source.unscanned',
    source: 'github-webhook',
    locator: 'acme/shop@0123456',
    reason: 'refused',
    detail: 'GitHub: status 404',
  },
  'source.dropped': { type: 'source.dropped', source: 'syslog', cause: 'kernel', lines: 3 },
  'work.done': {
    ...{ type: 'work.done', source: 'github-webhook', kind: 'commit', locator: 'acme/shop@0123456' },
    ...{ bytes: 10, seconds: 0.2 },
  },
  'delivery.recovered': {
    ...{ type: 'delivery.recovered', how: 'read-back', locator: 'acme/shop', event: 'push' },
  },
  'delivery.lost': { type: 'delivery.lost', locator: 'acme/shop', event: 'push', detail: 'GitHub: status 404' },
  'github.answered': { type: 'github.answered', client: 'urgent', class: '2xx', seconds: 0.1 },
  'github.rated': { type: 'github.rated', client: 'urgent', resource: 'core', remaining: 4_999, limit: 5_000 },
  'fragment.scanned': { type: 'fragment.scanned', source: 'file', bytes: 4096 },
  'candidate.found': { type: 'candidate.found', source: 'file', secondsSinceLeak: 1.5, origin, times: 3, ...about },
  'candidate.suppressed': { type: 'candidate.suppressed', source: 'file', detector: about.detector, reason: 'foreign' },
  'message.retried': {
    type: 'message.retried',
    id: 'm1',
    fingerprint: about.fingerprint,
    attempt: 2,
    reason: 'timeout',
  },
  'message.parked': {
    type: 'message.parked',
    id: 'm1',
    fingerprint: about.fingerprint,
    reason: 'unsealed',
    attempts: 3,
  },
  'parked.redriven': {
    type: 'parked.redriven',
    id: 'm1',
    fingerprint: about.fingerprint,
    who: 'ada',
    why: 'key is back',
  },
  'parked.discarded': { type: 'parked.discarded', id: 'm1', fingerprint: about.fingerprint, who: 'ada', why: 'a test' },
  'topic.noted': { type: 'topic.noted', kind: 'rebalance', detail: 'joined' },
  'issuer.answered': { type: 'issuer.answered', issuer: 'workos', operation: 'validate', class: '2xx', seconds: 0.1 },
  'key.judged': {
    type: 'key.judged',
    validity: 'live',
    reason: 'timeout',
    attempt: 1,
    origin,
    evidence,
    ...key,
    ...about,
  },
  'key.decided': { type: 'key.decided', decision: 'hold', why: 'brake', ...about },
  'revocation.intended': { type: 'revocation.intended', decision: 'delete', attempt: 1, ...key, ...about },
  'revocation.answered': { type: 'revocation.answered', result: 'deleted', keyId: key.keyId, ...about },
  'revocation.proved': { type: 'revocation.proved', validity: 'dead', keyId: key.keyId, ...about },
  'incident.ended': {
    type: 'incident.ended',
    outcome: 'revoked',
    why: 'mode',
    source: 'file',
    mode: 'live',
    seconds: { leakToDead: 2, detectedToDeleted: 1, issuer: 0.5 },
    times: 1,
    ...about,
  },
  'incident.sighted': {
    type: 'incident.sighted',
    outcome: 'revoked',
    times: 3,
    message: 2,
    source: 'file',
    origin,
    ...about,
  },
  'responder.halted': { type: 'responder.halted', code: 'issuer.credential-refused', detail: '401' },
  'responder.resumed': { type: 'responder.resumed' },
  'brake.engaged': { type: 'brake.engaged', deletions: 50, windowSeconds: 600 },
  'brake.released': { type: 'brake.released' },
  'notice.sent': { type: 'notice.sent', channel: 'webhook', incident: about.incident },
  'notice.pending': {
    ...{ type: 'notice.pending', channel: 'github-alert', incident: about.incident, detail: 'a request to close it' },
  },
  'notice.failed': { type: 'notice.failed', channel: 'webhook', incident: about.incident, detail: 'timeout' },
};

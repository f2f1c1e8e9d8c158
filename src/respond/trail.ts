import { createHash } from 'node:crypto';
import type { Clock } from '../core/clock.ts';
import type { RecordFact } from '../core/facts.ts';
import type { Issuer } from '../core/issuer.ts';
import type { Channel, Notice } from '../core/notice.ts';
import { isLog } from '../core/origin.ts';
import type { Sql, Store } from '../core/store.ts';
import { type Trail, type TrailAction, TrailEntry } from '../core/trail.ts';
import type { Outcome } from '../core/verdict.ts';
import { aDay, createOutbox, type Sent } from './outbox.ts';

interface Needs {
  readonly trail: Trail;
  /** The environments, each with its own trails. */
  readonly issuers: readonly Issuer[];
  readonly store: Store;
  readonly clock: Clock;
  readonly record: RecordFact;
}

/** A key that was replaced, or is going to be. */
export type Rotation = Pick<TrailEntry, 'environment' | 'organization' | 'user' | 'key' | 'occurredAt'> & {
  readonly action: Extract<TrailAction, 'api_key.rotated' | 'api_key.rotation_scheduled'>;
};

/** What is told of an outcome. What policy holds or watches is not: nothing was done to it, and it may be a canary. */
const ACTIONS: Partial<Record<Outcome, readonly TrailAction[]>> = {
  revoked: ['api_key.leak_detected', 'api_key.leak_revoked'],
  'already-gone': ['api_key.leak_detected', 'api_key.leak_revoked'],
  refused: ['api_key.leak_detected', 'api_key.leak_revoke_failed'],
  unproved: ['api_key.leak_detected'],
  'still-live': ['api_key.leak_detected'],
};

/**
 * Copies into the trails that an organization keeps at the issuer what became of its keys. An entry, its time and its id are
 * fixed in the transaction that makes it true; it is sent afterwards, when the issuer has nothing else to do for us.
 */
export const createTrail = ({ trail, issuers, store, clock, record }: Needs) => {
  const outbox = createOutbox(
    {
      ...{ box: `trail ${trail.issuer}`, ...aDay },
      async send({ id, body }): Promise<Sent> {
        const entry = TrailEntry.parse(JSON.parse(body));
        const issuer = issuers.find(({ environment }) => environment === entry.environment);
        if (!issuer) return { detail: 'there is no such environment' };
        const written = await trail.write(issuer, entry, keyOf(id));
        return 'written' in written ? { arrived: true } : { detail: written.reason, afterMs: written.retryAfterMs };
      },
      say: (step, { incident }, how) => record({ type: `notice.${step}`, channel: 'audit-log', incident, ...how }),
    },
    { store, clock },
  );
  const put = (sql: Sql, entry: TrailEntry, about: { readonly id: string; readonly incident?: string }): void =>
    outbox.put(sql, { ...about, id: `${entry.action} ${about.id}`, body: JSON.stringify(entry) });

  const channel: Channel = {
    note: (notice) => (sql) => {
      if (notice.again || notice.issuer !== trail.issuer) return;
      const { incident, fingerprint } = notice;
      for (const entry of entriesOf(notice, clock.now())) put(sql, entry, { id: fingerprint, incident });
    },
    run: outbox.run,
  };
  return {
    ...channel,
    /** To be run inside the transaction that makes it true; by any process on this database. */
    rotation: (rotation: Rotation) => (sql: Sql) =>
      put(sql, { ...rotation, metadata: {} }, { id: `${rotation.key.id} ${rotation.occurredAt}` }),
  };
};

/** Nobody learns a fingerprint of it, and no other entry has it. */
const keyOf = (id: string): string => createHash('sha256').update(`keyfuse ${id}`).digest('hex');

const entriesOf = (notice: Notice, now: number): readonly TrailEntry[] => {
  const { outcome, key, found, seconds } = notice;
  const { owner } = key ?? {};
  const organization = owner?.type === 'user' ? owner.organization : owner?.id;
  if (!key || !owner || !organization) return [];
  const fixed = {
    ...{ environment: key.environment, key: { id: key.id, ...(key.name !== undefined && { name: key.name }) } },
    organization,
    ...(owner.type === 'user' && { user: owner.id }),
  };
  const metadata = {
    source: isLog(found.source) ? 'log' : 'github',
    detector: notice.detector,
    fingerprint: notice.fingerprint,
    severity: notice.severity ?? 'critical',
  };
  const ms = Math.round((seconds?.detectedToDeleted ?? 0) * 1000);
  const receivedAt = found.mode === 'live' ? Math.min(found.receivedAt, now) : now;
  return (ACTIONS[outcome] ?? []).map((action) => ({
    ...{ action, ...fixed, occurredAt: action === 'api_key.leak_detected' ? receivedAt : now },
    metadata: action === 'api_key.leak_revoked' ? { ...metadata, latency_ms: ms } : metadata,
  }));
};

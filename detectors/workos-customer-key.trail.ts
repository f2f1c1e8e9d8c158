import * as z from 'zod';
import type { Answer, Issuer } from '../src/core/issuer.ts';
import type { Trail, TrailAction, TrailEntry, Written } from '../src/core/trail.ts';
import { unknown } from './workos-customer-key.answers.ts';
import { sdk } from './workos-customer-key.sdk.ts';

/** WorkOS' Audit Logs: https://workos.com/docs/reference/audit-logs */

type Properties = Readonly<Record<string, { readonly type: 'string' | 'number' }>>;

const text = { type: 'string' } as const;
const leak: Properties = { source: text, detector: text, fingerprint: text, severity: text };

/** What each action says beside its targets; WorkOS wants to know before the first. */
const metadata: Readonly<Record<TrailAction, Properties>> = {
  'api_key.leak_detected': leak,
  'api_key.leak_revoked': { ...leak, latency_ms: { type: 'number' } },
  'api_key.leak_revoke_failed': leak,
  'api_key.rotated': {},
  'api_key.rotation_scheduled': {},
};

const schemaOf = (action: TrailAction) => ({
  targets: ['api_key', 'organization', 'user'].map((type) => ({ type })),
  metadata: { type: 'object', properties: metadata[action] },
});

const Described = z.object({ properties: z.record(z.string(), z.object({ type: z.unknown() })).default({}) });
const Schema = z.object({
  version: z.int().positive(),
  targets: z.array(z.object({ type: z.string(), metadata: Described.optional() })),
  actor: z.object({ metadata: Described }).optional(),
  metadata: Described.optional(),
});
const Schemas = z.object({ data: z.array(Schema), list_metadata: z.object({ after: z.string().nullish() }) });
/** A list that does not end is none. */
const MOST_PAGES = 20;
const Taken = z.object({ success: z.literal(true) });

/** One text for all schemas that mean the same, whatever WorkOS adds of empty things and in which order. */
const meaningOf = ({ targets, actor, metadata }: Omit<z.infer<typeof Schema>, 'version'>): string => {
  const sorted = (described: z.infer<typeof Described> | undefined) =>
    Object.entries(described?.properties ?? {})
      .map(([name, { type }]) => [name, type])
      .sort();
  const kinds = targets.map(({ type, metadata }) => [type, sorted(metadata)]).sort();
  return JSON.stringify([kinds, sorted(actor?.metadata), sorted(metadata)]);
};

const jsonOf = <T>(answer: Answer, status: number, shape: z.ZodType<T>): T | undefined =>
  'status' in answer && answer.status === status ? shape.safeParse(answer.json).data : undefined;

const isMissing = (answer: Answer): boolean =>
  'status' in answer && answer.status === 404 && typeof answer.json === 'object' && answer.json !== null;

type Version = { readonly version: number } | ReturnType<typeof unknown>;

const pathOf = (action: TrailAction): string => `/audit_logs/actions/${action}/schemas`;

/** The oldest version that means what ours does; `version` 0: there is none. */
const findVersion = async (issuer: Issuer, action: TrailAction): Promise<Version> => {
  const wanted = meaningOf(Schema.omit({ version: true }).parse(schemaOf(action)));
  let after: string | undefined;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const query = { limit: 100, order: 'asc', after };
    const answer = await issuer.ask('audit', async (road) => (await sdk(road)).get(pathOf(action), { query }));
    if (isMissing(answer)) return { version: 0 };
    const listed = jsonOf(answer, 200, Schemas);
    if (!listed) return unknown(answer);
    const same = listed.data.find((schema) => meaningOf(schema) === wanted);
    if (same) return same;
    after = listed.list_metadata.after ?? undefined;
    if (after === undefined) return { version: 0 };
  }
  return { reason: 'unrecognised' };
};

/**
 * Every POST makes one more version, for ever: so it is made only where none means the same. Two that begin in the same
 * moment may both make one; then both look again, and take the older: an event is the same event under one version alone.
 */
const pinVersion = async (issuer: Issuer, action: TrailAction): Promise<Version> => {
  const found = await findVersion(issuer, action);
  if (!('version' in found) || found.version > 0) return found;
  const answer = await issuer.ask('audit', async (road) => (await sdk(road)).post(pathOf(action), schemaOf(action)));
  const made = jsonOf(answer, 201, Schema);
  if (!made) return unknown(answer);
  const oldest = await findVersion(issuer, action);
  return 'version' in oldest && oldest.version === 0 ? made : oldest;
};

const eventOf = ({ action, organization, user, key, occurredAt, metadata }: TrailEntry, version: number) => ({
  ...{ action, version, occurred_at: new Date(occurredAt).toISOString() },
  actor: { type: 'service', id: 'keyfuse', name: 'Keyfuse' },
  targets: [
    { type: 'api_key', ...key },
    { type: 'organization', id: organization },
    ...(user === undefined ? [] : [{ type: 'user', id: user }]),
  ],
  // It is required, and where we run is nobody's concern.
  context: { location: 'internal' },
  metadata,
});

export const createWorkosTrail = (): Trail => {
  const pinned = new Map<string, Promise<Version>>();

  /** Asked once, whoever else asks meanwhile; what failed is asked anew. */
  const versionOf = async (issuer: Issuer, action: TrailAction): Promise<Version> => {
    const name = `${issuer.environment} ${action}`;
    const version = pinned.get(name) ?? pinVersion(issuer, action);
    pinned.set(name, version);
    const isKnown = await version.then(
      (found) => 'version' in found,
      () => false,
    );
    if (!isKnown && pinned.get(name) === version) pinned.delete(name);
    return version;
  };

  return {
    issuer: 'workos',
    async write(issuer, entry, idempotencyKey): Promise<Written> {
      const found = await versionOf(issuer, entry.action);
      if (!('version' in found)) return found;
      const body = { organization_id: entry.organization, event: eventOf(entry, found.version) };
      const answer = await issuer.ask('audit', async (road) =>
        (await sdk(road)).post('/audit_logs/events', body, { idempotencyKey }),
      );
      if (jsonOf(answer, 200, Taken)) return { written: true };
      return 'status' in answer ? { reason: `status ${answer.status}` } : unknown(answer);
    },
  };
};

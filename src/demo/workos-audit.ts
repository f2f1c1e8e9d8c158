import type { Answer } from './http.ts';
import { type Body, invalid, notFound, parseTime, stamp } from './workos-answers.ts';
import { sha256 } from './workos-keys.ts';
import { readPage } from './workos-page.ts';

/** An event that was taken. */
export interface AuditEvent {
  readonly organization: string;
  readonly action: string;
  readonly event: Body;
}

interface Schema {
  readonly id: string;
  readonly version: number;
  readonly body: Body;
  readonly createdAt: number;
}

const DAY_MS = 86_400_000;
const NAME = /^[a-zA-Z0-9_-]{0,40}$/;
const MOST_METADATA = 50;
const LONGEST = 500;

const isObject = (value: unknown): value is Body =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const publish = ({ version, body, createdAt }: Schema) => ({
  ...({ object: 'audit_log_schema', version, ...body, created_at: stamp(createdAt) } as const),
});

/** Type of a member that a schema of metadata names (`{"type":"object","properties":{"a":{"type":"string"}}}`). */
const typeIn = (schema: unknown, name: string): unknown => {
  const properties = isObject(schema) && isObject(schema['properties']) ? schema['properties'] : {};
  const member = properties[name];
  return isObject(member) ? member['type'] : undefined;
};

/** Whether metadata is flat, small, and as its schema says where that says something. */
const isMetadata = (value: unknown, schema: unknown): boolean => {
  if (value === undefined) return true;
  if (!isObject(value) || Object.keys(value).length > MOST_METADATA) return false;
  return Object.entries(value).every(([name, one]) => {
    const wanted = typeIn(schema, name);
    const isScalar = ['string', 'number', 'boolean'].includes(typeof one);
    const isShort = typeof one !== 'string' || one.length <= LONGEST;
    return NAME.test(name) && isScalar && isShort && (wanted === undefined || wanted === typeof one);
  });
};

/** JSON pointers to what does not fit the schema. */
const faultsOf = (event: Body, { body: schema }: Schema): readonly string[] => {
  const targets = Array.isArray(event['targets']) ? (event['targets'] as readonly unknown[]) : [];
  const known = (schema['targets'] ?? []) as readonly Body[];
  const isTarget = (target: unknown): boolean => {
    const kind = isObject(target) ? known.find(({ type }) => type === target['type']) : undefined;
    return kind !== undefined && isMetadata((target as Body)['metadata'], kind['metadata']);
  };
  const actor = event['actor'];
  const actorSchema = isObject(schema['actor']) ? schema['actor']['metadata'] : undefined;
  return [
    ...(targets.length > 0 && targets.every(isTarget) ? [] : ['/targets']),
    ...(isMetadata(isObject(actor) ? actor['metadata'] : undefined, actorSchema) ? [] : ['/actor/metadata']),
    ...(isMetadata(event['metadata'], schema['metadata']) ? [] : ['/metadata']),
  ];
};

const wrong = (paths: readonly string[]): Answer => ({
  status: 400,
  body: {
    message: 'Invalid Audit Log event.',
    code: 'invalid_audit_log_event',
    errors: paths.map((instancePath) => ({ instancePath })),
  },
});

/** The field of an event that is missing or of the wrong type. */
const missingIn = (event: Body): string | undefined => {
  const { action, occurred_at: at, actor, targets, context } = event;
  if (typeof action !== 'string') return 'event.action';
  if (parseTime(at) === undefined) return 'event.occurred_at';
  if (!isObject(actor) || typeof actor['id'] !== 'string' || typeof actor['type'] !== 'string') return 'event.actor';
  if (!Array.isArray(targets)) return 'event.targets';
  return isObject(context) && typeof context['location'] === 'string' ? undefined : 'event.context.location';
};

/** Versions of the schemas of each action: a new one never changes an old one. */
const createSchemas = (now: () => number) => {
  const schemas = new Map<string, Schema[]>();
  return {
    find: (action: string, version: unknown): Schema | undefined =>
      schemas.get(action)?.find((one) => one.version === version),
    createSchema(action: string, body: Body): Answer {
      const { targets } = body;
      const isNamed = (one: unknown): boolean => isObject(one) && typeof one['type'] === 'string';
      if (!Array.isArray(targets) || targets.length === 0 || !targets.every(isNamed)) return invalid('targets');
      const versions = schemas.get(action) ?? [];
      const version = versions.length + 1;
      const schema = { id: `als_${action}_${version}`, version, body, createdAt: now() };
      schemas.set(action, [...versions, schema]);
      return { status: 201, body: publish(schema) };
    },
    listSchemas(action: string, query: URLSearchParams): Answer {
      const versions = schemas.get(action);
      if (!versions) return notFound('Audit Log action', action);
      const page = readPage(versions, query, publish);
      return typeof page === 'string' ? invalid(page) : { status: 200, body: page };
    },
  };
};

/** https://workos.com/docs/reference/audit-logs: events that must fit the version of a schema that they name. */
export const createAudit = (now: () => number, isOrganization: (id: string) => boolean) => {
  const { find, ...schemas } = createSchemas(now);
  const events: AuditEvent[] = [];
  const answered = new Map<string, { readonly at: number; readonly answer: Answer }>();

  const take = (body: Body): Answer => {
    const { organization_id: organization, event } = body;
    if (typeof organization !== 'string') return invalid('organization_id', 'required');
    if (!isObject(event)) return invalid('event', 'required');
    const missing = missingIn(event);
    if (missing) return invalid(missing, 'required');
    if (!isOrganization(organization))
      return { status: 400, body: { message: `Organization not found: '${organization}'.` } };
    const action = String(event['action']);
    const schema = find(action, event['version'] ?? 1);
    const faults = schema ? faultsOf(event, schema) : ['/action'];
    if (faults.length > 0) return wrong(faults);
    events.push({ organization, action, event });
    return { status: 200, body: { success: true } };
  };

  return {
    ...schemas,
    /** The same key with the same event is answered as before, for a day; without a key the event stands for it. */
    create(body: Body, key: string): Answer {
      const known = sha256(`${key}\n${JSON.stringify(body)}`);
      const before = answered.get(known);
      if (before && before.at + DAY_MS > now()) return before.answer;
      const answer = take(body);
      if (answer.status === 200) answered.set(known, { at: now(), answer });
      return answer;
    },
    events: (): readonly AuditEvent[] => events,
  };
};

export type Audit = ReturnType<typeof createAudit>;

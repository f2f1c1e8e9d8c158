import type { Evidence } from './verdict.ts';

/** How bad the leak of a live key is: what it may do, and whether somebody uses it. */
export const severities = ['low', 'medium', 'high', 'critical'] as const;
export type Severity = (typeof severities)[number];

const DAY_MS = 86_400_000;
const IN_USE_MS = 7 * DAY_MS;

/** Words of permissions that only look: `posts:read`, `read-posts`, `posts.list`, `readOnly`. */
const LOOKS = new Set(['read', 'view', 'list', 'get', 'readonly']);
/** Words that do more, whatever stands beside them: `posts:read-write`, `users:list-and-delete`. */
const ACTS = new Set([
  ...[
    'write',
    'create',
    'add',
    'insert',
    'append',
    'upload',
    'update',
    'edit',
    'modify',
    'set',
    'put',
    'patch',
    'post',
  ],
  ...['delete', 'remove', 'revoke', 'cancel', 'admin', 'manage', 'grant', 'invite', 'approve', 'rotate', 'transfer'],
  ...['send', 'publish', 'run', 'execute', 'impersonate', 'rw'],
]);

const looksOnly = (slug: string): boolean => {
  const words = slug
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z]+/);
  return words.some((word) => LOOKS.has(word)) && !words.some((word) => ACTS.has(word));
};

type Reach = 'none' | 'read' | 'write';

/** A permission that we cannot read may be any. */
const reachOf = ({ permissions }: Evidence): Reach => {
  if (permissions?.length === 0) return 'none';
  return permissions?.every(looksOnly) ? 'read' : 'write';
};

/** The last use as the issuer told it; a question of ours is none. Null: there was none; undefined: not known. */
export const usedOf = ({ lastUsedAt, usedBefore = lastUsedAt }: Evidence): string | null | undefined => usedBefore;

const isInUse = (evidence: Evidence, now: number): boolean => {
  const used = usedOf(evidence);
  if (used === null) return false;
  const at = Date.parse(used ?? '');
  return Number.isNaN(at) || now - at <= IN_USE_MS;
};

/** By what the issuer told of the key at a time (ms since 1970); what it did not tell counts as the worst. */
export const severityOf = (evidence: Evidence, now: number): Severity => {
  const used = isInUse(evidence, now);
  switch (reachOf(evidence)) {
    case 'none':
      return 'low';
    case 'read':
      return used ? 'high' : 'medium';
    case 'write':
      return used ? 'critical' : 'high';
  }
};

const days = (at: string | undefined, now: number): string | undefined => {
  const ms = now - Date.parse(at ?? '');
  return Number.isNaN(ms) ? undefined : `${Math.max(0, Math.floor(ms / DAY_MS))} days`;
};

/** The same for people: what the key may do, since when it is there, when it was used. */
export const blastOf = (evidence: Evidence, now: number): string => {
  const { permissions, createdAt, owner } = evidence;
  const usedAt = usedOf(evidence);
  const age = days(createdAt, now);
  const used = usedAt === null ? undefined : days(usedAt, now);
  const may = permissions?.length === 0 ? 'it may do nothing' : `it may ${permissions?.join(', ') ?? 'do anything'}`;
  return [
    ...[`${severityOf(evidence, now)}: ${may}`, ...(owner ? [`of ${owner.type} ${owner.id}`] : [])],
    ...(age ? [`made ${age} ago`] : []),
    usedAt === null ? 'never used' : used ? `used last ${used} ago` : 'nobody knows when it was used',
  ].join(', ');
};

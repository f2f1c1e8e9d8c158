import { expect, test } from '@jest/globals';
import { blastOf, severityOf } from '../src/core/severity.ts';
import type { Evidence } from '../src/core/verdict.ts';

const NOW = Date.parse('2026-11-23T12:00:00Z');
const AGO = (days: number): string => new Date(NOW - days * 86_400_000).toISOString();

test.each<[Evidence, string]>([
  [{ permissions: [], lastUsedAt: AGO(0) }, 'low'],
  [{ permissions: ['posts:read', 'list-users', 'view.all'], lastUsedAt: null }, 'medium'],
  [{ permissions: ['posts:read'], lastUsedAt: AGO(8) }, 'medium'],
  [{ permissions: ['posts:read'], lastUsedAt: AGO(6) }, 'high'],
  [{ permissions: ['posts:read', 'posts:write'], lastUsedAt: AGO(8) }, 'high'],
  [{ permissions: ['posts:write'], lastUsedAt: AGO(6) }, 'critical'],
  [{ permissions: ['readOnly', 'read:*', 'read-posts'], lastUsedAt: AGO(8) }, 'medium'],
  // Whoever reads may do more besides.
  ...['posts:read-write', 'read_write', 'users:list-and-delete', 'readWrite', 'view.rw', 'posts:*'].map(
    (slug): [Evidence, string] => [{ permissions: [slug], lastUsedAt: AGO(8) }, 'high'],
  ),
  // What looks like reading in the middle of a word is none.
  [{ permissions: ['spreadsheets', 'budget'], lastUsedAt: AGO(6) }, 'critical'],
  // What the issuer did not tell counts as the worst.
  [{}, 'critical'],
  [{ permissions: ['posts:read'] }, 'high'],
  [{ lastUsedAt: null }, 'high'],
  [{ permissions: ['a:write'], lastUsedAt: 'yesterday' }, 'critical'],
])('%j is %s', (evidence, severity) => {
  expect(severityOf(evidence, NOW)).toBe(severity);
});

test('for people: what it may do, whose it is, how old, used when', () => {
  const evidence: Evidence = {
    ...{ permissions: ['posts:write'], lastUsedAt: AGO(1.5), createdAt: AGO(400) },
    owner: { type: 'organization', id: 'org_1' },
  };
  expect(blastOf(evidence, NOW)).toBe(
    'critical: it may posts:write, of organization org_1, made 400 days ago, used last 1 days ago',
  );
  expect(blastOf({ permissions: [], lastUsedAt: null }, NOW)).toBe('low: it may do nothing, never used');
  expect(blastOf({}, NOW)).toBe('critical: it may do anything, nobody knows when it was used');
});

test('a question of ours is no use', () => {
  const evidence: Evidence = { permissions: ['posts:read'], lastUsedAt: AGO(0) };
  expect(severityOf({ ...evidence, usedBefore: null }, NOW)).toBe('medium');
  expect(severityOf({ ...evidence, usedBefore: AGO(8) }, NOW)).toBe('medium');
  expect(severityOf({ ...evidence, usedBefore: AGO(6) }, NOW)).toBe('high');
  expect(blastOf({ ...evidence, usedBefore: null }, NOW)).toContain('never used');
});

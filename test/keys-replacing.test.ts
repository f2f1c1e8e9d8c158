import { expect, test } from '@jest/globals';
import type { IssuedKey } from '../src/core/keeper.ts';
import type { Notice } from '../src/core/notice.ts';
import { Secret } from '../src/core/secret.ts';
import type { Sql } from '../src/core/store.ts';
import { createReplacing } from '../src/keys/replacing.ts';
import type { Subject } from '../src/keys/rotations.ts';

const DAY = 86_400_000;
const AT = Date.parse('2026-11-23T12:00:00Z');

const replaced = (
  key: { [K in keyof NonNullable<Notice['key']>]?: NonNullable<Notice['key']>[K] | undefined },
  known?: Partial<IssuedKey>,
): Subject | undefined => {
  let subject: Subject | undefined;
  const channel = createReplacing({
    issuer: 'workos',
    rules: {
      ...{ graceHours: 24, mostHours: 168, lifeDays: 0 },
      targets: [{ organization: 'org_1', name: 'ci', sink: 'file:///sink', onLeak: 'delete-and-replace' }],
    },
    rotations: {
      replace: (_, one) => {
        subject = one;
      },
    },
    known: () => known as IssuedKey | undefined,
  });
  const notice = {
    ...{ issuer: 'workos', outcome: 'revoked', found: { receivedAt: AT } },
    key: {
      ...{ id: 'api_key_01', environment: 'default', name: 'ci', permissions: ['posts:read'] },
      ...{ owner: { type: 'organization', id: 'org_1' }, createdAt: new Date(AT).toISOString(), ...key },
    },
  };
  channel.note(notice as unknown as Notice, new Secret('none'))({} as Sql);
  return subject;
};

test('the replacement lives as long as the key that leaked, by what the issuer told before it was deleted', () => {
  const ends = new Date(AT + 30 * DAY).toISOString();
  expect(replaced({ expiresAt: ends })?.key).toMatchObject({ createdAt: AT, expiresAt: AT + 30 * DAY });
  expect(replaced({ expiresAt: null })?.key.expiresAt).toBeUndefined();
  // The answer counts, not what the inventory had.
  expect(replaced({ expiresAt: ends }, { expiresAt: AT + 90 * DAY })?.key.expiresAt).toBe(AT + 30 * DAY);
  expect(replaced({}, { expiresAt: AT + 90 * DAY })?.key.expiresAt).toBe(AT + 90 * DAY);
});

test('what the issuer did not tell of the key is as the inventory knows it', () => {
  const owner = { type: 'organization', id: 'org_1', organization: 'org_1' } as const;
  const known = { name: 'ci', permissions: ['posts:write'], owner };
  expect(replaced({ permissions: undefined }, known)?.key.permissions).toEqual(['posts:write']);
  expect(replaced({ permissions: ['posts:read'] }, known)?.key.permissions).toEqual(['posts:read']);
  expect(replaced({ name: undefined, owner: undefined }, known)?.key).toMatchObject({ name: 'ci', owner });
  expect(replaced({ permissions: undefined })).toBeUndefined();
});

test('where nobody told when it would have ended, the replacement ends soon, and that is said', () => {
  expect(replaced({})).toMatchObject({
    plan: { lifeMs: 30 * DAY },
    note: 'the issuer did not tell when the leaked key would have ended: the new one ends within 30 days',
  });
  expect(replaced({ expiresAt: 'soon' })?.plan.lifeMs).toBe(30 * DAY);
  expect(replaced({ expiresAt: null })).not.toHaveProperty('note', expect.anything());
});

import { describe, expect, test } from '@jest/globals';
import { Secret } from '../src/core/secret.ts';
import { fieldOf, withField } from '../src/secrets/json-field.ts';
import { parseReference } from '../src/secrets/reference.ts';

describe('a reference', () => {
  test.each([
    ['env://NAME', { scheme: 'env', path: 'NAME', options: {} }],
    ['file:///run/secrets/x', { scheme: 'file', path: '/run/secrets/x', options: {} }],
    ['vault://secret/app#key', { scheme: 'vault', path: 'secret/app', field: 'key', options: {} }],
    [
      'vault://secret/app#key?version=3',
      { scheme: 'vault', path: 'secret/app', field: 'key', options: { version: '3' } },
    ],
    [
      'vault://secret/app?version=3#key',
      { scheme: 'vault', path: 'secret/app', field: 'key', options: { version: '3' } },
    ],
    // Only where vals spells it so: an entry of Vault may be called `data`.
    ['vault://secret/data/app#key', { scheme: 'vault', path: 'secret/data/app', field: 'key', options: {} }],
    ['ref+vault://secret/data/app#/key', { scheme: 'vault', path: 'secret/app', field: 'key', options: {} }],
    ['ref+vault://secret/app#/key', { scheme: 'vault', path: 'secret/app', field: 'key', options: {} }],
    ['awssm://prod/app', { scheme: 'awssm', path: 'prod/app', options: {} }],
    [
      'awssm://arn:aws:secretsmanager:eu-central-1:123456789012:secret:app-AbCdEf#key',
      {
        ...{ scheme: 'awssm', path: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:app-AbCdEf' },
        ...{ field: 'key', options: {} },
      },
    ],
    [
      'ref+awssecrets://app?region=us-east-1&version_stage=AWSPREVIOUS#/key',
      { scheme: 'awssm', path: 'app', field: 'key', options: { region: 'us-east-1', stage: 'AWSPREVIOUS' } },
    ],
    ['ref+azurekeyvault://vault/name/0123', { scheme: 'azkv', path: 'vault/name/0123', options: {} }],
  ])('%s', (text, place) => {
    expect(parseReference(text)).toEqual(place);
  });

  test.each([
    ['op://vault/item', /^this kind of reference is not known/],
    ['awssecrets://app', /^this kind of reference is not known/],
    ['https://example.com', /^this kind of reference is not known/],
    ['vault://secret/app?field=key', /^has an option that vault:\/\/ does not know; it knows version, mount$/],
    ['vault://secret/app?toString=1#key', /^has an option/],
    ['env://NAME?x=1', /; it has none$/],
    ['file:///a#b', /^file:\/\/ names a whole file/],
  ])('%s is none', (text, why) => {
    expect(parseReference(text)).toEqual({ why: expect.stringMatching(why) });
  });
});

describe('a field of a JSON object', () => {
  test('is put among the others, and read', () => {
    const text = withField('{"a":"1","nested":{"b":2}}', 'key', 'new');
    expect(text).toBe('{"a":"1","nested":{"b":2},"key":"new"}');
    expect(fieldOf(String(text), 'key')).toBeInstanceOf(Secret);
    expect(withField(undefined, 'key', 'first')).toBe('{"key":"first"}');
  });

  test.each([
    ['no JSON', 'a text'],
    ['half of one', '{"key":"va'],
    ['a list', '["key"]'],
    ['null', 'null'],
  ])('of %s is not read, nor is it made one', (_, text) => {
    const broken = { trouble: 'unusable', why: 'the secret is no JSON object, so it has no fields' };
    expect(fieldOf(text, 'key')).toEqual(broken);
    expect(withField(text, 'key', 'new')).toEqual(broken);
  });

  test('that is a number, or empty, is no secret', () => {
    expect(fieldOf('{"key":5}', 'key')).toMatchObject({ trouble: 'unusable' });
    expect(fieldOf('{"key":""}', 'key')).toMatchObject({ trouble: 'unusable' });
    expect(fieldOf('{"key":null}', 'key')).toMatchObject({ trouble: 'absent' });
  });
});

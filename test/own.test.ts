import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { createOwn } from '../src/app-keys.ts';
import { Settings } from '../src/config.ts';
import { sample } from '../src/core/sample.ts';
import { Secret } from '../src/core/secret.ts';

const pem = (): string =>
  generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const ownOf = (github: Record<string, Secret | string>) => createOwn(Settings.parse({ github }));

test('a token of ours is known, and nothing else', () => {
  const ours = ownOf({ token: new Secret(sample('ours', 40)) });
  expect(ours(new Secret(sample('ours', 40)))).toBe(true);
  expect(ours(new Secret(sample('another', 40)))).toBe(false);
});

test('the key of our App is known however it is set and however it leaks', () => {
  const [key, another] = [pem(), pem()];
  const given = [key, key.replaceAll('\n', '\\n'), Buffer.from(key).toString('base64')];
  const leaked = [key.trim(), key.trim().replaceAll('\n', '\\n'), key.trim().replaceAll('\n', '\r\n    ')];
  for (const one of given) {
    const ours = ownOf({ appId: '1', privateKey: new Secret(one) });
    expect(leaked.map((text) => ours(new Secret(text)))).toEqual([true, true, true]);
    expect(ours(new Secret(another.trim()))).toBe(false);
  }
});

import { crc32 } from 'node:zlib';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { base62Crc32, endsInBase62Crc32 } from '../src/core/checksum.ts';

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const numberOf = (text: string): number => [...text].reduce((sum, digit) => sum * 62 + DIGITS.indexOf(digit), 0);

test('six digits of base62 that are CRC-32, zeros before them', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[A-Za-z0-9]{30}$/), (body) => {
      expect(base62Crc32(body)).toMatch(/^[0-9A-Za-z]{6}$/);
      expect(numberOf(base62Crc32(body))).toBe(crc32(body));
    }),
  );
});

// Of a token that its owner published after it had expired: https://gist.github.com/coolaj86/eb8cddfd3e4251258712dfed03e1f86d
test('a published pair', () => {
  expect(base62Crc32(['zQWBuTSOoRi4A9', 'spHcVY5ncnsDkxkJ'].join(''))).toBe('0mLq17');
});

test('one letter changed is seen', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[A-Za-z0-9]{30}$/), fc.nat(29), (body, at) => {
      const key = `ghp_${body}${base62Crc32(body)}`;
      const other = key.slice(0, 4 + at) + (key[4 + at] === 'a' ? 'b' : 'a') + key.slice(5 + at);
      expect([endsInBase62Crc32(key, 4), endsInBase62Crc32(other, 4)]).toEqual([true, false]);
    }),
  );
});

import type { Detector } from '../src/core/detector.ts';
import { sample } from '../src/core/sample.ts';

/** What the 75 base64 characters hold: the key's own id (`key_` and a ULID), a comma, 25 random characters. */
const CONTENT = /^key_01[0-9A-HJKMNP-TV-Z]{24},[A-Za-z0-9]{25}$/;

const made = (mode: 'test' | 'live', seed: string): string => {
  const id = sample(`${seed} id`, 24, '0123456789ABCDEFGHJKMNPQRSTVWXYZ');
  return `sk_${mode}_${Buffer.from(`key_01${id},${sample(seed, 25)}`)
    .toString('base64')
    .slice(0, 75)}`;
};
const similar = (content: string): string => `sk_live_${Buffer.from(content).toString('base64').slice(0, 75)}`;

/**
 * The key of a company that uses WorkOS: it can do everything in one environment. No call could ask about it without
 * using it, and only its owner may replace it: a person is paged.
 */
export const workosEnvironmentKey = (): Detector => ({
  id: 'workos-environment-key',
  issuer: 'workos',
  docs: 'https://workos.com/docs/reference/api-authentication',
  keywords: ['a2V5XzAx'], // key_01
  pattern: /(?<secret>sk_(?:test|live)_a2V5XzAx[A-Za-z0-9+/]{66}[AEIMQUYcgkosw048])(?![A-Za-z0-9])/,
  accept: (secret) => CONTENT.test(Buffer.from(secret.slice(8), 'base64').toString('latin1')),
  critical: true,
  examples: {
    ours: [made('live', 'a'), made('live', 'b'), made('test', 'c'), made('test', 'd')],
    not: [
      made('live', 'short').slice(0, -1),
      `${made('live', 'long')}A`,
      `ta${made('live', 'in a word')}`,
      `sk_prod_${made('live', 'other mode').slice(8)}`,
      similar(`key_02${sample('not 01', 24, '0123456789')},${sample('x', 25)}`),
      similar(`key_01${sample('small letters', 24, 'abcdef')},${sample('x', 25)}`),
      similar(`key_01${sample('no comma', 24, '0123456789')};${sample('x', 25)}`),
    ],
  },
  answers: [],
});

import type { Detector } from '../src/core/detector.ts';
import { looksRandom } from '../src/core/entropy.ts';
import { assigned } from '../src/core/pattern.ts';
import { sample } from '../src/core/sample.ts';

/** What the base64 letters hold: the key's own id (`key_` and a ULID), a comma, 25 random characters; 14 in 2023. */
const CONTENT = /^key_01[0-9A-HJKMNP-TV-Z]{24},(?:[A-Za-z0-9]{14}|[A-Za-z0-9]{25})$/;

/** A text that was cut, or that goes on, is not what its own content encodes to. */
const holdsContent = (secret: string): boolean => {
  const body = secret.slice(8);
  const content = Buffer.from(body, 'base64');
  return CONTENT.test(content.toString('latin1')) && content.toString('base64').replace(/=+$/, '') === body;
};

const encoded = (content: string): string => Buffer.from(content).toString('base64').replace(/=+$/, '');
const similar = (content: string): string => `sk_live_${encoded(content)}`;
const made = (mode: 'test' | 'live', seed: string, letters = 25): string => {
  const id = sample(`${seed} id`, 24, '0123456789ABCDEFGHJKMNPQRSTVWXYZ');
  return `sk_${mode}_${encoded(`key_01${id},${sample(seed, letters)}`)}`;
};

/**
 * The key of a company that uses WorkOS: it can do everything in one environment. No call could ask about it without
 * using it, and only its owner may replace it: a person is paged.
 */
const environmentKey = (): Detector => ({
  id: 'workos-environment-key',
  issuer: 'workos',
  docs: 'https://workos.com/docs/reference/api-authentication',
  keywords: ['a2V5XzAx'], // key_01
  // Base64 of such content has neither + nor /.
  pattern: /(?<secret>sk_(?:test|live)_a2V5XzAx[A-Za-z0-9]{52,67})(?![A-Za-z0-9])/,
  accept: holdsContent,
  critical: true,
  examples: () => ({
    ours: [made('live', 'a'), made('live', 'b'), made('test', 'c'), made('test', 'd'), made('live', 'of 2023', 14)],
    not: [
      made('live', 'short').slice(0, -1),
      `${made('live', 'long')}A`,
      `ta${made('live', 'in a word')}`,
      `sk_prod_${made('live', 'other mode').slice(8)}`,
      similar(`key_02${sample('not 01', 24, '0123456789')},${sample('x', 25)}`),
      similar(`key_01${sample('small letters', 24, 'abcdef')},${sample('x', 25)}`),
      similar(`key_01${sample('no comma', 24, '0123456789')};${sample('x', 25)}`),
    ],
  }),
  answers: [],
});

const old = (mode: 'test' | 'live', seed: string): string => `sk_${mode}_${sample(`workos ${seed}`, 25)}`;

/** Before keys told what they are; other issuers' keys have this look, so that WorkOS must be named beside it. */
const oldEnvironmentKey = (): Detector => ({
  id: 'workos-environment-key-old',
  issuer: 'workos',
  docs: 'https://workos.com/docs/reference/api-authentication',
  ...assigned(['workos', 'work_os', 'work-os'], 'sk_(?:test|live)_[A-Za-z0-9]{25}'),
  accept: (secret) => looksRandom(secret.slice(8), 3),
  placeholder: /^sk_test_Sz3IQjep/, // of WorkOS' own SDKs and their tests
  critical: true,
  examples: () => ({
    context: 'WORKOS_API_KEY=',
    ours: [old('live', 'a'), old('test', 'b')],
    not: [
      old('live', 'no name'),
      `WORKOS_API_KEY=${old('live', 'short').slice(0, -1)}`,
      `WORKOS_API_KEY=${old('live', 'long')}0`,
      `WORKOS_API_KEY=sk_test_${'Sz3IQjep'}${sample('of an SDK', 17)}`,
    ],
  }),
  answers: [],
});

export const workosEnvironmentKey = (): readonly [Detector, Detector] => [environmentKey(), oldEnvironmentKey()];

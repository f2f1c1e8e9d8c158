import type { Detector } from '../src/core/detector.ts';
import { looksRandom } from '../src/core/entropy.ts';
import { random, recognised } from '../src/core/recognised.ts';

const kinds = ['sk-ant-api03-', 'sk-ant-admin01-', 'sk-ant-oat01-', 'sk-ant-ort01-'] as const;
const key = (kind: string) => `${kind}${random(`anthropic ${kind}`, 93, 'words')}AA`;

/** Keys of Anthropic: for its API, for administrators, and of a person who signed in. All end with AA. */
export const anthropic = (): readonly Detector[] => [
  recognised({
    id: 'anthropic-api-key',
    issuer: 'anthropic',
    docs: 'https://docs.anthropic.com/en/api/admin-api/apikeys/get-api-key',
    keywords: ['sk-ant-'],
    pattern: /(?<secret>sk-ant-(?:api|admin|oat|ort)[0-9]{2}-[A-Za-z0-9_-]{93}AA)(?!\w|-{1,4}\w)/,
    accept: (secret) => looksRandom(secret.slice(15), 3.5),
    examples: () => ({
      ours: kinds.map(key),
      not: [
        key(kinds[0]).slice(0, -1),
        `${key(kinds[0])}A`,
        key(kinds[0]).replace(/AA$/, 'AB'),
        `${kinds[0]}${'x'.repeat(93)}AA`,
      ],
    }),
  }),
];

import type { Detector } from '../src/core/detector.ts';
import { looksRandom } from '../src/core/entropy.ts';
import { random, recognised } from '../src/core/recognised.ts';

/** `OpenAI` in base64, in the middle of every key. */
const MARK = 'T3BlbkFJ';
/** What stands before it and after it; the length has changed more than once. */
const PART = '(?:[A-Za-z0-9_-]{74}|[A-Za-z0-9_-]{58}|[A-Za-z0-9_-]{20})';
const part = (seed: string, length: number) =>
  random(`openai ${seed}`, length, length === 20 ? 'alphanumeric' : 'words');
const key = (kind: string, length: number) =>
  `sk-${kind}${part(`${kind} 1`, length)}${MARK}${part(`${kind} 2`, length)}`;

/** API keys of OpenAI: of a project, a service account, an administrator; and older ones of a user. */
export const openai = (): readonly Detector[] => [
  recognised({
    id: 'openai-api-key',
    issuer: 'openai',
    docs: 'https://platform.openai.com/docs/api-reference/authentication',
    keywords: [MARK],
    pattern: new RegExp(
      `(?<secret>sk-(?:[A-Za-z0-9]{20}${MARK}[A-Za-z0-9]{20}|(?:proj|svcacct|admin)-${PART}${MARK}${PART}))(?!\\w|-{1,4}\\w)`,
    ),
    accept: (secret) => looksRandom(secret.slice(3).replace(/^[A-Za-z]{4,7}-/, ''), 3.5),
    examples: () => ({
      ours: [key('', 20), key('proj-', 74), key('svcacct-', 58), key('admin-', 58), key('proj-', 20)],
      not: [
        key('', 20).slice(0, -1),
        `x${key('proj-', 74)}`,
        key('', 20).replace(MARK, 'T3BlbkFI'),
        `sk-proj-${'x'.repeat(20)}${MARK}${'x'.repeat(20)}`,
      ],
    }),
  }),
];

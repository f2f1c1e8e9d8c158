import type { Detector } from '../src/core/detector.ts';
import { examplesOf, recognised } from '../src/core/recognised.ts';
import { isRandomUuid, UUID, uuid } from '../src/core/uuid.ts';

const key = (seed: string) => `sk-lf-${uuid(`langfuse ${seed}`)}`;

/** Secret keys of Langfuse. */
export const langfuse = (): readonly Detector[] => [
  recognised({
    id: 'langfuse-secret-key',
    issuer: 'langfuse',
    docs: 'https://langfuse.com/faq/all/where-are-langfuse-api-keys',
    keywords: ['sk-lf-'],
    pattern: new RegExp(`(?<secret>sk-lf-${UUID})(?![A-Za-z0-9])`),
    accept: isRandomUuid,
    examples: () => examplesOf(key, [key('short').slice(0, -1), `sk-lf-${uuid('x').replace(/[0-9a-f]/g, '0')}`]),
  }),
];

import type { Detector } from '../src/core/detector.ts';
import { examplesOf, recognised } from '../src/core/recognised.ts';
import { isRandomUuid, UUID, uuid } from '../src/core/uuid.ts';

const token = (seed: string) => `${seed === 'b' ? 'xapt' : 'xaat'}-${uuid(`axiom ${seed}`)}`;

/** Tokens of Axiom: for its API, and of a person. */
export const axiom = (): readonly Detector[] => [
  recognised({
    id: 'axiom-token',
    issuer: 'axiom',
    docs: 'https://axiom.co/docs/reference/tokens',
    keywords: ['xaat-', 'xapt-'],
    pattern: new RegExp(`(?<secret>xa(?:a|p)t-${UUID})(?![A-Za-z0-9])`),
    accept: isRandomUuid,
    examples: () => examplesOf(token, [token('short').slice(0, -1), `xaat-${'0000-'.repeat(8)}`]),
  }),
];

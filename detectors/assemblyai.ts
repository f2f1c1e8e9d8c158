import type { Detector } from '../src/core/detector.ts';
import { named } from '../src/core/named.ts';

/** API keys of AssemblyAI. */
export const assemblyai = (): readonly Detector[] => [
  named({
    id: 'assemblyai-api-key',
    issuer: 'assemblyai',
    docs: 'https://www.assemblyai.com/docs/api-reference/overview',
    names: ['assemblyai', 'assembly_ai'],
    alphabet: 'lower',
    length: 32,
  }),
];

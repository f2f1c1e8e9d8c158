import type { Detector } from '../src/core/detector.ts';
import { prefixed } from '../src/core/recognised.ts';

/** API keys of Jina AI. */
export const jina = (): readonly Detector[] => [
  prefixed({
    id: 'jina-api-key',
    issuer: 'jina',
    docs: 'https://jina.ai/embeddings/',
    prefix: 'jina_',
    alphabet: 'words',
    length: 60,
  }),
];

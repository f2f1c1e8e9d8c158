import type { Detector } from '../src/core/detector.ts';
import { prefixed } from '../src/core/recognised.ts';

/** Access tokens of Hugging Face: of a user, and (older) of an organization. */
export const huggingface = (): readonly Detector[] => [
  prefixed({
    id: 'huggingface-token',
    issuer: 'huggingface',
    docs: 'https://huggingface.co/docs/hub/security-tokens',
    prefix: ['hf_', 'api_org_'],
    alphabet: 'alphanumeric',
    length: 34,
  }),
];

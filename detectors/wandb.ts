import type { Detector } from '../src/core/detector.ts';
import { named } from '../src/core/named.ts';
import { prefixed } from '../src/core/recognised.ts';

const given = {
  issuer: 'wandb',
  docs: 'https://docs.wandb.ai/platform/hosting/iam/access-management/manage-user-api-keys',
} as const;

/** API keys of Weights & Biases. */
export const wandb = (): readonly Detector[] => [
  prefixed({ ...given, id: 'wandb-api-key', prefix: 'wandb_v1_', alphabet: 'words', length: 77 }),
  // Those from before they had a prefix.
  named({
    ...given,
    id: 'wandb-older-api-key',
    names: ['wandb', 'weights_and_biases', 'weights-and-biases', 'weightsandbiases'],
    alphabet: 'hex',
    length: 40,
  }),
];

import type { Detector } from '../src/core/detector.ts';
import { prefixed } from '../src/core/recognised.ts';

/** API keys of Prefect Cloud: of a user, and of a service account. */
export const prefect = (): readonly Detector[] => [
  prefixed({
    id: 'prefect-api-key',
    issuer: 'prefect',
    docs: 'https://docs.prefect.io/v3/how-to-guides/cloud/manage-users/api-keys',
    prefix: ['pnu_', 'pnb_'],
    alphabet: 'alphanumeric',
    length: 36,
  }),
];

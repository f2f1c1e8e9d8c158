import type { Detector } from '../src/core/detector.ts';
import { prefixed } from '../src/core/recognised.ts';

/** Keys of PostHog that must be secret: personal API keys and feature-flag keys. `phc_` is meant to be seen. */
export const posthog = (): readonly Detector[] => [
  prefixed({
    id: 'posthog-personal-api-key',
    issuer: 'posthog',
    docs: 'https://posthog.com/docs/api#authentication',
    prefix: ['phx_', 'phs_'],
    alphabet: 'words',
    length: [40, 60],
  }),
];

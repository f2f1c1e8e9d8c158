import type { Detector } from '../src/core/detector.ts';
import { named } from '../src/core/named.ts';

/** REST API keys of PagerDuty. */
export const pagerduty = (): readonly Detector[] => [
  named({
    id: 'pagerduty-api-key',
    issuer: 'pagerduty',
    docs: 'https://support.pagerduty.com/main/docs/api-access-keys',
    names: ['pagerduty', 'pager_duty'],
    alphabet: 'words',
    length: 20,
  }),
];

import type { Detector } from '../src/core/detector.ts';
import { assigned } from '../src/core/pattern.ts';
import { random, recognised } from '../src/core/recognised.ts';

const key = (seed: string) => `7${random(`pagerduty ${seed}`, 8)}+${random(`pagerduty ${seed} 2`, 10, 'words')}`;

/** REST API keys of PagerDuty: nothing tells them but the name beside them. */
export const pagerduty = (): readonly Detector[] => [
  recognised({
    id: 'pagerduty-api-key',
    issuer: 'pagerduty',
    docs: 'https://support.pagerduty.com/main/docs/api-access-keys',
    ...assigned(['pagerduty', 'pager_duty', 'pd_api', 'pd_key'], '[A-Za-z0-9+_-]{20}(?!\\w|-{1,4}\\w)'),
    accept: (secret) => /[0-9]/.test(secret) && new Set(secret).size > 10,
    examples: () => ({
      context: 'PAGERDUTY_API_KEY=',
      ours: ['a', 'b', 'c'].map(key),
      not: [key('no name'), `PAGERDUTY_API_KEY=${key('short').slice(0, -3)}`, `PAGERDUTY_API_KEY=${key('long')}A`],
    }),
  }),
];

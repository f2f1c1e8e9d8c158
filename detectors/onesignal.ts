import type { Detector } from '../src/core/detector.ts';
import { prefixed } from '../src/core/recognised.ts';

/** API keys of OneSignal: of an app, and of an organization. */
export const onesignal = (): readonly Detector[] => [
  prefixed({
    id: 'onesignal-api-key',
    issuer: 'onesignal',
    docs: 'https://documentation.onesignal.com/docs/en/keys-and-ids',
    prefix: ['os_v2_app_', 'os_v2_org_'],
    alphabet: 'lower',
    length: 103,
  }),
];

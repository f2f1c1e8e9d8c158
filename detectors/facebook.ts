import type { Detector } from '../src/core/detector.ts';
import { named } from '../src/core/named.ts';
import { prefixed } from '../src/core/recognised.ts';

const issuer = 'facebook';

/** Access tokens of Facebook's Graph API. */
export const facebook = (): readonly Detector[] => [
  prefixed({
    id: 'facebook-access-token',
    issuer,
    docs: 'https://developers.facebook.com/docs/facebook-login/guides/access-tokens/',
    prefix: 'EAA',
    alphabet: 'alphanumeric',
    length: [100, 300],
  }),
  // Secrets of Facebook's apps: nothing tells them but the name beside them.
  named({
    id: 'facebook-app-secret',
    issuer,
    docs: 'https://developers.facebook.com/docs/facebook-login/security/',
    names: ['facebook', 'fb_app', 'fbapp', 'fb_api', 'fbapi', 'fb_secret', 'meta_app'],
    alphabet: 'hex',
    length: 32,
  }),
];

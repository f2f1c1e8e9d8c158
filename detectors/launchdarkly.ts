import type { Detector } from '../src/core/detector.ts';
import { assigned } from '../src/core/pattern.ts';
import { examplesOf, recognised } from '../src/core/recognised.ts';
import { isRandomUuid, UUID, uuid } from '../src/core/uuid.ts';

const issuer = 'launchdarkly';
const docs = 'https://launchdarkly.com/docs/home/account/api';
const sdk = (seed: string) => `sdk-${uuid(`launchdarkly ${seed}`)}`;
const api = (seed: string) => `api-${uuid(`launchdarkly ${seed}`)}`;

/** Keys of LaunchDarkly for servers; those for mobile and for browsers are no secrets. */
export const launchdarkly = (): readonly Detector[] => [
  recognised({
    id: 'launchdarkly-sdk-key',
    issuer,
    docs: 'https://launchdarkly.com/docs/home/account/environment/keys',
    keywords: ['sdk-'],
    pattern: new RegExp(`(?<secret>sdk-${UUID})(?![A-Za-z0-9])`),
    accept: isRandomUuid,
    examples: () => examplesOf(sdk, [sdk('short').slice(0, -1), sdk('mobile').replace('sdk', 'mob')]),
  }),
  // `api-` and a UUID may be anybody's, so the name decides.
  recognised({
    id: 'launchdarkly-access-token',
    issuer,
    docs,
    ...assigned(['launchdarkly', 'launch_darkly', 'ld_api', 'ld_access'], `api-${UUID}`),
    accept: isRandomUuid,
    examples: () => ({
      context: 'LAUNCHDARKLY_ACCESS_TOKEN=',
      ours: ['a', 'b', 'c'].map(api),
      not: [api('no name'), `LAUNCHDARKLY_ACCESS_TOKEN=${api('short').slice(0, -1)}`],
    }),
  }),
];

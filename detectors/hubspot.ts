import type { Detector } from '../src/core/detector.ts';
import { examplesOf, recognised } from '../src/core/recognised.ts';
import { isRandomUuid, UUID, uuid } from '../src/core/uuid.ts';

const token = (seed: string) => `pat-${seed === 'b' ? 'eu1' : 'na1'}-${uuid(`hubspot ${seed}`)}`;

/** Access tokens of HubSpot's private apps; they tell the region. */
export const hubspot = (): readonly Detector[] => [
  recognised({
    id: 'hubspot-private-app-token',
    issuer: 'hubspot',
    docs: 'https://developers.hubspot.com/docs/guides/apps/private-apps/overview',
    keywords: ['pat-na', 'pat-eu', 'pat-ap'],
    pattern: new RegExp(`(?<secret>pat-(?:na|eu|ap)[0-9]-${UUID})(?![A-Za-z0-9])`),
    accept: isRandomUuid,
    placeholder: /12345678-1234-/,
    examples: () => examplesOf(token, [token('short').slice(0, -1), token('region').replace('pat-na1', 'pat-xx1')]),
  }),
];

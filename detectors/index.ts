import * as z from 'zod';
import type { Detector } from '../src/core/detector.ts';
import * as issuers from './issuers.ts';
import { jwt } from './jwt.ts';
import { privateKey } from './private-key.ts';
import { listsShared, workosCustomerKey, workosCustomerKeySettings } from './workos-customer-key.ts';
import { workosEnvironmentKey } from './workos-environment-key.ts';

/** Settings of every detector that has some, under its id. */
export const detectorSettings = z.object({
  'workos-customer-key': workosCustomerKeySettings.prefault({}),
});
export type DetectorSettings = z.infer<typeof detectorSettings>;

type Rank = 0 | 1 | 2;

/**
 * Who goes first at a place: what has a name beside it and begins as only few do, then what tells by itself whose it is,
 * then what nothing tells but the name.
 */
const rankOf = ({ pattern: { source } }: Detector): Rank => {
  if (source.startsWith('(?<secret>')) return 1;
  return /\(\?<secret>\w/.test(source) ? 0 : 2;
};

const known = Map.groupBy(
  Object.values<() => Detector | readonly Detector[]>(issuers).flatMap((issuer) => issuer()),
  rankOf,
);
const ofRank = (rank: Rank): readonly Detector[] => known.get(rank) ?? [];

/** Every kind of key we know. Exact shapes first: where two claim one place, the first has it. */
export const detectors = (settings: DetectorSettings): readonly Detector[] => {
  const customerKey = settings['workos-customer-key'];
  const own = workosCustomerKey(customerKey);
  return [
    ...workosEnvironmentKey(),
    ...(listsShared(customerKey) ? [own] : []),
    ...ofRank(0),
    ...ofRank(1),
    ...(listsShared(customerKey) ? [] : [own]),
    ...ofRank(2),
    privateKey(),
    jwt(),
  ];
};

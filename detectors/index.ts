import { z } from 'zod';
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

/**
 * Who goes first at a place: what has a name beside it and begins as only few do, then what tells by itself whose it is,
 * then what nothing tells but the name.
 */
const rankOf = ({ pattern: { source } }: Detector): number => {
  if (source.startsWith('(?<secret>')) return 1;
  return /\(\?<secret>\w/.test(source) ? 0 : 2;
};

const known = Object.values<() => Detector | readonly Detector[]>(issuers)
  .flatMap((issuer) => issuer())
  .sort((a, b) => rankOf(a) - rankOf(b));

/** Every kind of key we know. Exact shapes first: where two claim one place, the first has it. */
export const detectors = (settings: DetectorSettings): readonly Detector[] => {
  const customerKey = settings['workos-customer-key'];
  const own = workosCustomerKey(customerKey);
  return [
    ...workosEnvironmentKey(),
    ...(listsShared(customerKey) ? [own] : []),
    ...known.filter((detector) => rankOf(detector) < 2),
    ...(listsShared(customerKey) ? [] : [own]),
    ...known.filter((detector) => rankOf(detector) === 2),
    privateKey(),
    jwt(),
  ];
};

import { z } from 'zod';
import type { Detector } from '../src/core/detector.ts';
import * as issuers from './issuers.ts';
import { jwt } from './jwt.ts';
import { privateKey } from './private-key.ts';
import { workosCustomerKey, workosCustomerKeySettings } from './workos-customer-key.ts';
import { workosEnvironmentKey } from './workos-environment-key.ts';

/** Settings of every detector that has some, under its id. */
export const detectorSettings = z.object({
  'workos-customer-key': workosCustomerKeySettings.prefault({}),
});
export type DetectorSettings = z.infer<typeof detectorSettings>;

/** A key that tells by itself whose it is goes before one that only stands beside a name. */
const bySelf = ({ pattern }: Detector): boolean => pattern.source.startsWith('(?<secret>');

/** Every kind of key we know. Exact shapes first: where two claim one place, the first has it. */
export const detectors = (settings: DetectorSettings): readonly Detector[] => {
  const known = Object.values<() => Detector | readonly Detector[]>(issuers).flatMap((issuer) => issuer());
  return [
    workosEnvironmentKey(),
    ...known.filter(bySelf),
    workosCustomerKey(settings['workos-customer-key']),
    ...known.filter((detector) => !bySelf(detector)),
    privateKey(),
    jwt(),
  ];
};

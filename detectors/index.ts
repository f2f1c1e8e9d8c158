import { z } from 'zod';
import type { Detector } from '../src/core/detector.ts';
import { github } from './github.ts';
import { workosCustomerKey, workosCustomerKeySettings } from './workos-customer-key.ts';
import { workosEnvironmentKey } from './workos-environment-key.ts';

/** Settings of every detector that has some, under its id. */
export const detectorSettings = z.object({
  'workos-customer-key': workosCustomerKeySettings.prefault({}),
});
export type DetectorSettings = z.infer<typeof detectorSettings>;

/** Every kind of key we know. Exact shapes first: where two claim one place, the first has it. */
export const detectors = (settings: DetectorSettings): readonly Detector[] =>
  [
    workosEnvironmentKey(),
    // By prefix or checksum, from a to z.
    github(),
    // Any key of a prefix that many use.
    workosCustomerKey(settings['workos-customer-key']),
    // By a name beside it.
  ].flat();

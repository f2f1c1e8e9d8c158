import type { Detector } from '../src/core/detector.ts';
import { named } from '../src/core/named.ts';

/** Tokens of Splunk’s HTTP event collector. */
export const splunk = (): readonly Detector[] => [
  named({
    id: 'splunk-hec-token',
    issuer: 'splunk',
    docs: 'https://docs.splunk.com/Documentation/Splunk/latest/Data/UsetheHTTPEventCollector',
    names: ['splunk', 'hec_token'],
    alphabet: 'uuid',
  }),
];

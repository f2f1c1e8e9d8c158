import type { Detector } from '../src/core/detector.ts';
import { named } from '../src/core/named.ts';

/** Channel secrets of LINE. */
export const line = (): readonly Detector[] => [
  named({
    id: 'line-channel-secret',
    issuer: 'line',
    docs: 'https://developers.line.biz/en/docs/basics/channel-access-token/',
    names: ['line_channel', 'linechannel', 'line-channel'],
    alphabet: 'hex',
    length: 32,
  }),
];

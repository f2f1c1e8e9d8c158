import type { Detector } from '../src/core/detector.ts';
import { named } from '../src/core/named.ts';
import { prefixed } from '../src/core/recognised.ts';

const given = { issuer: 'tencent', docs: 'https://www.tencentcloud.com/document/product/598/34228' } as const;

/** The public half of a key pair of Tencent Cloud. */
export const tencent = (): readonly Detector[] => [
  prefixed({ ...given, id: 'tencent-secret-id', prefix: 'AKID', alphabet: 'alphanumeric', length: 32 }),
  // The secret half: nothing tells it but the name beside it.
  named({
    ...given,
    id: 'tencent-secret-key',
    names: ['tencent', 'qcloud', 'tencentcloud_secret'],
    alphabet: 'alphanumeric',
    length: 32,
  }),
];

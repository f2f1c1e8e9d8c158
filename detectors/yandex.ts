import type { Detector } from '../src/core/detector.ts';
import { prefixed } from '../src/core/recognised.ts';

/** API keys of Yandex Cloud’s service accounts. */
export const yandex = (): readonly Detector[] => [
  prefixed({
    id: 'yandex-api-key',
    issuer: 'yandex',
    docs: 'https://yandex.cloud/en/docs/iam/concepts/authorization/api-key',
    prefix: 'AQVN',
    alphabet: 'words',
    length: [35, 38],
  }),
];

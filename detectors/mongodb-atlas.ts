import type { Detector } from '../src/core/detector.ts';
import { prefixed } from '../src/core/recognised.ts';

/** Service account secrets of MongoDB Atlas. */
export const mongodbAtlas = (): readonly Detector[] => [
  prefixed({
    id: 'mongodb-atlas-service-account',
    issuer: 'mongodb-atlas',
    docs: 'https://www.mongodb.com/docs/atlas/configure-api-access/',
    prefix: 'mdb_sa_sk_',
    alphabet: 'words',
    length: 40,
  }),
];

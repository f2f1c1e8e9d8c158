import type { Detector } from '../src/core/detector.ts';
import { prefixed } from '../src/core/recognised.ts';

/** Personal access tokens of Contentful’s management API. */
export const contentful = (): readonly Detector[] => [
  prefixed({
    id: 'contentful-management-token',
    issuer: 'contentful',
    docs: 'https://www.contentful.com/developers/docs/references/authentication/',
    prefix: 'CFPAT-',
    alphabet: 'words',
    length: 43,
  }),
];

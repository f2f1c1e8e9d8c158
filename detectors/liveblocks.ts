import type { Detector } from '../src/core/detector.ts';
import { prefixed } from '../src/core/recognised.ts';

export const liveblocks = (): Detector =>
  prefixed({
    id: 'liveblocks-secret-key',
    issuer: 'liveblocks',
    docs: 'https://liveblocks.io/docs/authentication',
    prefix: ['sk_prod_', 'sk_dev_'],
    alphabet: 'words',
    length: 64,
  });

import type { Detector } from '../src/core/detector.ts';
import { prefixed } from '../src/core/recognised.ts';

export const clojars = (): Detector =>
  prefixed({
    id: 'clojars-deploy-token',
    issuer: 'clojars',
    docs: 'https://github.com/clojars/clojars-web/wiki/Deploy-Tokens',
    prefix: 'CLOJARS_',
    alphabet: 'alphanumeric',
    length: 60,
  });

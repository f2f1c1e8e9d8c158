import type { Detector } from '../src/core/detector.ts';
import { prefixed } from '../src/core/recognised.ts';

/** A macaroon in base64url that begins with its location: `pypi.org`, or `test.pypi.org`. */
export const pypi = (): Detector =>
  prefixed({
    id: 'pypi-api-token',
    issuer: 'pypi',
    docs: 'https://pypi.org/help/#apitoken',
    prefix: ['pypi-AgEIcHlwaS5vcmc', 'pypi-AgENdGVzdC5weXBpLm9yZw'],
    alphabet: 'words',
    length: [60, 800],
  });

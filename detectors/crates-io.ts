import type { Detector } from '../src/core/detector.ts';
import { prefixed } from '../src/core/recognised.ts';

export const cratesIo = (): Detector =>
  prefixed({
    id: 'crates-io-api-token',
    issuer: 'crates.io',
    docs: 'https://doc.rust-lang.org/cargo/reference/publishing.html',
    prefix: 'cio',
    alphabet: 'alphanumeric',
    length: 32,
  });

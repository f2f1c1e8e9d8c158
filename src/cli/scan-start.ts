import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { findFingerprintKey } from '../app-keys.ts';
import type { ScanSettings } from '../config-read.ts';
import { Fault } from '../core/errors.ts';
import { publicText } from '../core/origin.ts';
import { unpackLimits } from '../sources/unpack-budget.ts';
import type { ScanOptions } from './scan-options.ts';
import { fingerprintOf, type ScanSeed } from './scan-seed.ts';

const MOST_JOBS = 4;

export const jobsOf = ({ jobs }: ScanOptions): number => jobs ?? Math.min(MOST_JOBS, availableParallelism());

/** The seed of this run; `named`: its fingerprints mean something to others. Errors: `Fault` `config.invalid`. */
export const seedOf = (options: ScanOptions, settings: ScanSettings): { seed: ScanSeed; named: boolean } => {
  const { fingerprint: kind, fingerprintKey: file, validate = false, rules } = options;
  const key = file ? keyIn(file) : findFingerprintKey(settings);
  const keyed = { kind: 'hmac', key: key ?? randomBytes(32).toString('base64') } as const;
  const seed: ScanSeed = {
    detectors: settings.detectors,
    fingerprint: kind === 'sha256' ? { kind } : keyed,
    secrets: validate,
    ...(rules !== undefined && { rules }),
    limits: unpackLimits,
  };
  fingerprintOf(seed); // a key that is too short is told now
  return { seed, named: kind === 'sha256' || key !== undefined };
};

const keyIn = (file: string): string => {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    const { code = 'error' } = error as NodeJS.ErrnoException;
    throw new Fault('config.invalid', `--fingerprint-key ${publicText(file)} cannot be read (${code})`);
  }
};

/** How to come by fingerprints that mean something. */
export const keyHint = ({ dataDir }: ScanSettings): string =>
  `for the daemon's key is not here: give --fingerprint-key FILE or FINGERPRINT_KEY, or run this where the daemon's data dir is (DATA_DIR, now ${publicText(dataDir)}); --fingerprint sha256 is for comparing with other tools only`;

import { Writable } from 'node:stream';
import { type DetectorSettings, detectors } from '../../detectors/index.ts';
import { fingerprintBy } from '../app-keys.ts';
import type { Detector } from '../core/detector.ts';
import type { RecordFact } from '../core/facts.ts';
import { createDoubts } from '../scan/doubts.ts';
import { createEngine } from '../scan/engine.ts';
import { type Rule, ruleOf } from '../scan/rule.ts';
import { createScanner, type Scanner } from '../scan/scan.ts';
import type { UnpackLimits } from '../sources/unpack-budget.ts';
import { sha256 } from './scan-finding.ts';

/** All that a thread needs to build the scanner of this run: plain values. */
export interface ScanSeed {
  readonly detectors: DetectorSettings;
  /** Base64 of the HMAC key, or plain SHA-256. */
  readonly fingerprint: { readonly kind: 'sha256' } | { readonly kind: 'hmac'; readonly key: string };
  /** Sightings carry their secret, because the issuers will be asked. */
  readonly secrets: boolean;
  /** A file of rules. */
  readonly rules?: string;
  readonly limits: UnpackLimits;
}

/** Every kind of key that this run looks for; rule packs come after the exact shapes. */
export const seededRules = async (seed: ScanSeed): Promise<readonly Rule[]> => {
  const known = detectors(seed.detectors).map(ruleOf);
  if (seed.rules === undefined) return known;
  const { readRules } = await import('./rules.ts');
  return [...known, ...readRules(seed.rules, SILENT)];
};
/** Rules that cannot be used were told of before the first thread began. */
const SILENT = { stderr: new Writable({ write: (_chunk, _encoding, done) => done() }) };

/** The detectors of the rules that this run looks for. */
export const seededDetectors = async (seed: ScanSeed): Promise<readonly Detector[]> =>
  (await seededRules(seed)).map(({ detector }) => detector);

export const fingerprintOf = ({ fingerprint }: ScanSeed) =>
  fingerprint.kind === 'sha256' ? sha256 : fingerprintBy(fingerprint.key);

/** The scanner of this run, and how often it suppressed what, by reason. */
export const seededScanner = async (seed: ScanSeed): Promise<{ scanner: Scanner; suppressed: Map<string, number> }> => {
  const suppressed = new Map<string, number>();
  const record: RecordFact = async (fact) => {
    if (fact.type === 'candidate.suppressed') suppressed.set(fact.reason, (suppressed.get(fact.reason) ?? 0) + 1);
  };
  const engine = createEngine(await seededRules(seed));
  const doubt = createDoubts({ inlineIgnore: 'all' });
  const scanner = createScanner({ engine, doubt, fingerprint: fingerprintOf(seed), record });
  return { scanner, suppressed };
};

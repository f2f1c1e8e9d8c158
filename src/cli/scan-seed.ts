import { Writable } from 'node:stream';
import { type DetectorSettings, detectors } from '../../detectors/index.ts';
import { fingerprintBy } from '../app-keys.ts';
import type { Detector } from '../core/detector.ts';
import type { RecordFact } from '../core/facts.ts';
import { createDoubts } from '../scan/doubts.ts';
import { createEngine, type Engine } from '../scan/engine.ts';
import { type Rule, ruleOf } from '../scan/rule.ts';
import { createScanner, type Scanner } from '../scan/scan.ts';
import type { UnpackLimits } from '../sources/unpack-budget.ts';
import type { Io } from './io.ts';
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

/** What a thread makes of the seed. */
export interface Seeded {
  readonly rules: readonly Rule[];
  readonly detectors: readonly Detector[];
  /** Made when it is first asked for, and once. */
  engine(): Engine;
}

/** Every kind of key that this run looks for; rule packs come after the exact shapes. */
export const openSeed = async (seed: ScanSeed, io: Pick<Io, 'stderr'> = SILENT): Promise<Seeded> => {
  const packed = seed.rules === undefined ? [] : (await import('./rules.ts')).readRules(seed.rules, io);
  const rules = [...detectors(seed.detectors).map(ruleOf), ...packed];
  let engine: Engine | undefined;
  return {
    rules,
    detectors: rules.map(({ detector }) => detector),
    engine() {
      engine ??= createEngine(rules);
      return engine;
    },
  };
};

/** Which rules cannot be used is told once, and not by each thread. */
const SILENT = { stderr: new Writable({ write: (_chunk, _encoding, done) => done() }) };

export const fingerprintOf = ({ fingerprint }: ScanSeed) =>
  fingerprint.kind === 'sha256' ? sha256 : fingerprintBy(fingerprint.key);

interface SeededScanner {
  readonly scanner: Scanner;
  readonly suppressed: Map<string, number>;
}

/** The scanner of this run, and how often it suppressed what, by reason. */
export const seededScanner = (seed: ScanSeed, { engine }: Seeded): SeededScanner => {
  const suppressed = new Map<string, number>();
  const record: RecordFact = async (fact) => {
    if (fact.type === 'candidate.suppressed') suppressed.set(fact.reason, (suppressed.get(fact.reason) ?? 0) + 1);
  };
  const doubt = createDoubts({ inlineIgnore: 'all' });
  const scanner = createScanner({ engine: engine(), doubt, fingerprint: fingerprintOf(seed), record });
  return { scanner, suppressed };
};

import { createSecretKey } from 'node:crypto';
import { type Candidate, createFingerprint } from '../../src/core/candidate.ts';
import type { Detector } from '../../src/core/detector.ts';
import type { Fact, FactOf } from '../../src/core/facts.ts';
import type { Origin } from '../../src/core/origin.ts';
import { createEngine, type Engine } from '../../src/scan/engine.ts';
import { ruleOf } from '../../src/scan/rule.ts';
import { createScanner, type ScanNeeds } from '../../src/scan/scan.ts';

export const origin: Origin = { source: 'scan', locator: 'test', receivedAt: 0, mode: 'live' };

/** What a scan found, in a form that tests can compare. */
export interface Found {
  readonly detector: string;
  readonly secret: string;
  readonly offset: number;
  readonly length: number;
  readonly via: readonly string[];
}

const shown = ({ detector, secret, offset, length, via }: Candidate): Found => ({
  detector,
  secret: secret.expose(),
  offset,
  length,
  via,
});

const byPlace = (a: Found, b: Found): number => a.offset - b.offset || a.secret.localeCompare(b.secret);

/** Compiled once per registry: tests make many scanners. */
const engines = new WeakMap<readonly Detector[], Engine>();
export const engineOf = (detectors: readonly Detector[]): Engine => {
  const engine = engines.get(detectors) ?? createEngine(detectors.map(ruleOf));
  engines.set(detectors, engine);
  return engine;
};

/** A scanner whose facts are kept. */
export const createProbe = (detectors: readonly Detector[], needs: Partial<ScanNeeds> = {}) => {
  const facts: Fact[] = [];
  const scanner = createScanner({
    detectors,
    fingerprint: createFingerprint(createSecretKey(Buffer.alloc(32, 7))),
    record: async (fact) => {
      facts.push(fact);
    },
    ...(needs.limits?.depth === undefined && { engine: engineOf(detectors) }),
    ...needs,
  });
  let count = 0;

  return {
    scanner,
    facts,
    suppressed: (): readonly FactOf<'candidate.suppressed'>[] =>
      facts.filter((fact) => fact.type === 'candidate.suppressed'),
    /** What one fragment alone holds. */
    find: (text: string | Buffer): readonly Found[] =>
      scanner
        .scan({ bytes: Buffer.from(text), origin })
        .map(shown)
        .sort(byPlace),
    /** What a flow of these pieces holds. */
    findInFlow(pieces: readonly Buffer[]): readonly Found[] {
      count += 1;
      const flow = `flow ${count}`;
      return pieces
        .flatMap((bytes, i) => scanner.scan({ bytes, origin, flow, last: i === pieces.length - 1 }))
        .map(shown)
        .sort(byPlace);
    },
    scan: (text: string | Buffer, flow: string, last = false): readonly Found[] =>
      scanner.scan({ bytes: Buffer.from(text), origin, flow, last }).map(shown),
    drop: (flow: string): readonly Found[] => scanner.drop(flow).map(shown),
  };
};

import type { Candidate, Fingerprint } from '../core/candidate.ts';
import type { Detector } from '../core/detector.ts';
import type { RecordFact } from '../core/facts.ts';
import type { Fragment } from '../core/fragment.ts';
import { Secret } from '../core/secret.ts';
import { lookInto } from './decode.ts';
import { createFlows, type Stretch, unclaimed } from './flows.ts';
import { createMatcher, type Match, withoutRivals } from './match.ts';
import { createPrefilter, type Prefilter, REACH } from './prefilter.ts';

export interface ScanNeeds {
  /** Exact shapes first: where two claim one place, the first has it. */
  readonly detectors: readonly Detector[];
  readonly fingerprint: Fingerprint;
  readonly record: RecordFact;
  readonly limits?: Partial<ScanLimits>;
  /** Default: the detectors' keywords. */
  readonly prefilter?: Prefilter;
}

export interface ScanLimits {
  /** Decodings within decodings that are looked into. */
  readonly depth: number;
  /** Flows that are remembered; the least recently used makes room. */
  readonly flows: number;
}

export interface Scanner {
  /** The candidates that this fragment settles. One that touches its end waits while its flow goes on. */
  scan(fragment: Fragment): readonly Candidate[];
  /** Ends a flow that has no last fragment: the candidates it held back. */
  drop(flow: string): readonly Candidate[];
}

/** Bytes of the longest writing of one character (a `\uXXXX` whose characters are percent-encoded). */
const WIDEST_CHARACTER = 18;

/** Fragments in, candidates out; linear in their bytes, and no more memory per flow than the longest key takes. */
export const createScanner = ({ detectors, fingerprint, record, limits, prefilter }: ScanNeeds): Scanner => {
  const { depth, flows: most }: ScanLimits = { depth: 3, flows: 10_000, ...limits };
  const overlap = WIDEST_CHARACTER * REACH;
  const sizes = { depth, overlap, piece: Math.max(65_536, 8 * overlap) };
  const flows = createFlows({ most, overlap });
  const giveMatches = createMatcher(detectors, prefilter ?? createPrefilter(detectors));

  const settle = (stretch: Stretch): readonly Candidate[] => {
    const { bytes, base, origin } = stretch;
    const place = (start: number, end: number) => ({ start: base + start, end: base + end });
    const whole = { bytes, via: [], cutStart: base > 0, cutEnd: false, place };
    const matches: Match[] = [];
    lookInto(whole, sizes, (view) => giveMatches(view, (match) => matches.push(match)));
    const found: Candidate[] = [];
    for (const match of withoutRivals(unclaimed(matches, stretch), detectors)) {
      const { detector, suppressed, via, start, end } = match;
      if (suppressed) {
        void record({ type: 'candidate.suppressed', source: origin.source, detector: detector.id, reason: suppressed });
        continue;
      }
      const secret = new Secret(match.secret);
      const sighting = { detector: detector.id, secret, fingerprint: fingerprint(detector.id, secret) };
      found.push({ ...sighting, origin, via, offset: start, length: end - start });
    }
    return found;
  };

  return {
    scan(fragment) {
      void record({ type: 'fragment.scanned', source: fragment.origin.source, bytes: fragment.bytes.length });
      return flows.take(fragment).flatMap(settle);
    },
    drop: (flow) => flows.end(flow).flatMap(settle),
  };
};

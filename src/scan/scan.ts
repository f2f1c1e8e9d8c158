import type { Candidate, Fingerprint } from '../core/candidate.ts';
import type { Detector } from '../core/detector.ts';
import type { RecordFact } from '../core/facts.ts';
import type { Fragment } from '../core/fragment.ts';
import { Secret } from '../core/secret.ts';
import { createDoubts, type Doubt } from './doubts.ts';
import { createEngine, type Engine } from './engine.ts';
import { createFlows, type Flow } from './flows.ts';
import { createReader } from './reader.ts';
import { type Match, withoutRivals } from './rivals.ts';
import { ruleOf } from './rule.ts';
import { createWhere } from './where.ts';

export interface ScanNeeds {
  /** Exact shapes first: where two claim one place, the first has it. */
  readonly detectors?: readonly Detector[];
  readonly fingerprint: Fingerprint;
  readonly record: RecordFact;
  readonly limits?: Partial<ScanLimits>;
  /** Default: the detectors, compiled with these limits. */
  readonly engine?: Engine;
  /** Default: no comment in a text shields a key. */
  readonly doubt?: Doubt;
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

const NOTHING = Buffer.alloc(0);

/** Fragments in, candidates out; linear in their bytes, and no more memory per flow than the longest key takes. */
export const createScanner = ({ detectors = [], fingerprint, record, limits, engine, doubt }: ScanNeeds): Scanner => {
  const { depth, flows: most }: ScanLimits = { depth: 4, flows: 10_000, ...limits };
  const compiled = engine ?? createEngine(detectors.map(ruleOf), { depth });
  const reader = createReader(compiled, doubt ?? createDoubts({ inlineIgnore: 'none' }));
  const flows = createFlows(most);
  const candidatesOf = createCandidates(compiled, { fingerprint, record });
  const untold = createCandidates(compiled, { fingerprint, record: () => Promise.resolve() });

  /** Reads the bytes; adds what they settle to `found` and gives what is to be remembered. */
  const read = (
    flow: Flow,
    bytes: Buffer,
    { last, found }: { readonly last: boolean; readonly found: Candidate[] },
  ) => {
    let now = flow;
    for (const { matches, flow: next, flooded } of reader.read(flow, bytes, last)) {
      if (matches.length > 0) found.push(...withoutShown(candidatesOf(matches, flow), flow));
      if (flooded) void record({ type: 'source.unscanned', ...about(flow), reason: 'flooded' });
      now = next;
    }
    return { ...now, shown: now.shown.filter(({ offset }) => offset >= Math.min(now.from, now.fromLines)) };
  };
  /** The same of what would be settled if the flow ended here; what is remembered of it stays. */
  const peekInto = (flow: Flow, bytes: Buffer, found: Candidate[]): Flow => {
    for (const { matches } of reader.read(flow, bytes, true)) found.push(...withoutShown(untold(matches, flow), flow));
    const end = flow.base + flow.kept.length;
    return { ...flow, shown: [...flow.shown, ...found.filter(({ offset, length }) => offset + length <= end)] };
  };
  const end = (flow: Flow | undefined, found: Candidate[]): void => {
    if (flow) read(flow, NOTHING, { last: true, found });
  };

  return {
    scan(fragment) {
      const { bytes: given, flow: name, last = name === undefined, peek = false, origin } = fragment;
      void record({ type: 'fragment.scanned', source: origin.source, bytes: given.length });
      const found: Candidate[] = [];
      const bytes = Buffer.from(given.buffer, given.byteOffset, given.byteLength);
      const known = flows.of(fragment);
      const flow = peek ? peekInto(known, bytes, found) : read(known, bytes, { last, found });
      fragment.settles?.({ words: flow.from, lines: flow.fromLines, waits: flow.waits });
      if (name !== undefined && !last) end(flows.keep(name, flow), found);
      return found;
    },
    drop(name) {
      const found: Candidate[] = [];
      end(flows.take(name), found);
      return found;
    },
  };
};

const withoutShown = (candidates: readonly Candidate[], { shown }: Flow): readonly Candidate[] =>
  shown.length === 0
    ? candidates
    : candidates.filter(
        ({ fingerprint, offset, length }) =>
          !shown.some((one) => one.fingerprint === fingerprint && one.offset === offset && one.length === length),
      );

const about = ({ origin: { source, locator }, base }: Flow) => ({ source, locator, detail: `near byte ${base}` });

/** Makes candidates of matches; tells why the others are none. */
const createCandidates = ({ rules }: Engine, { fingerprint, record }: Pick<ScanNeeds, 'fingerprint' | 'record'>) => {
  const rank = new Map(rules.map(({ detector }, at) => [detector, at]));
  return (matches: readonly Match[], flow: Pick<Flow, 'origin' | 'locate'>): readonly Candidate[] => {
    const found: Candidate[] = [];
    const whereOf = createWhere(flow, record);
    for (const match of withoutRivals(matches, (detector) => rank.get(detector) ?? 0)) {
      const { rule, suppressed, via, start: offset, end } = match;
      const detector = rule.detector.id;
      if (suppressed) {
        void record({ type: 'candidate.suppressed', source: flow.origin.source, detector, reason: suppressed });
        continue;
      }
      const place = { offset, length: end - offset };
      const where = whereOf(match);
      if (!where) continue;
      const secret = new Secret(match.secret);
      const sighting = { detector, secret, fingerprint: fingerprint(detector, secret) };
      found.push({ ...sighting, origin: where, via, ...place });
    }
    return found;
  };
};

import type { Candidate, Fingerprint } from './core/candidate.ts';
import { incidentOf } from './core/candidate.ts';
import type { Clock } from './core/clock.ts';
import type { Detector } from './core/detector.ts';
import { Fault } from './core/errors.ts';
import type { RecordFact } from './core/facts.ts';
import type { Emit } from './core/fragment.ts';
import type { LogPlace, Origin } from './core/origin.ts';
import type { Engine } from './scan/engine.ts';
import { createScanner } from './scan/scan.ts';
import type { Candidates } from './topic/candidates.ts';

export interface EmitNeeds {
  readonly detectors: readonly Detector[];
  readonly engine: Engine;
  readonly scrub: (text: string) => string;
  readonly fingerprint: Fingerprint;
  readonly record: RecordFact;
  readonly candidates: Candidates;
  readonly clock: Clock;
}

/** Candidates sealed and announced in one turn of the event loop. */
const AT_ONCE = 100;

/** Scans a fragment; resolves when all that was found is durable on the topic. */
export const createEmit = ({ detectors, engine, scrub, fingerprint, record, candidates, clock }: EmitNeeds): Emit => {
  const scanner = createScanner({ detectors, engine, fingerprint, record });
  const issuerOf = new Map(detectors.map(({ id, issuer }) => [id, issuer]));
  const found = ({ detector, fingerprint, origin }: Candidate) =>
    record({
      ...{ type: 'candidate.found', source: origin.source, detector, fingerprint, origin },
      ...{ incident: incidentOf(fingerprint), issuer: issuerOf.get(detector) ?? 'unknown' },
      secondsSinceLeak: origin.mode === 'live' ? (clock.now() - origin.receivedAt) / 1000 : undefined,
    });
  const publish = async (hits: readonly Candidate[]): Promise<void> => {
    await candidates.publish(hits).catch(async (error: unknown) => {
      const code = error instanceof Fault ? error.code : 'internal.unexpected';
      await record({ type: 'fault.raised', code, detail: String(error) });
      throw error;
    });
    for (const hit of hits) void found(hit);
  };
  return async (fragment) => {
    const hits = scanner.scan(fragment);
    if (hits.length === 0) return;
    const clean = createCleaning(scrub);
    for (let at = 0; at < hits.length; at += AT_ONCE) await publish(hits.slice(at, at + AT_ONCE).map(clean));
  };
};

/** A key may stand in a file's name, a branch, a link: the origin goes to the ledger and to people. */
const createCleaning = (scrub: (text: string) => string): ((hit: Candidate) => Candidate) => {
  const known = new Map<Origin, Origin>();
  return (hit) => {
    const origin = known.get(hit.origin) ?? withoutKeys(hit.origin, scrub);
    known.set(hit.origin, origin);
    return { ...hit, origin };
  };
};

const withoutKeys = (origin: Origin, scrub: (text: string) => string): Origin => {
  const { locator, link, actor, github, log, ...rest } = origin;
  return {
    ...{ ...rest, locator: scrub(locator) },
    ...(link !== undefined && { link: scrub(link) }),
    ...(actor !== undefined && { actor: scrub(actor) }),
    ...(github && { github: { ...github, ...(github.path !== undefined && { path: scrub(github.path) }) } }),
    ...(log && { log: placeWithoutKeys(log, scrub) }),
  };
};

const placeWithoutKeys = (log: LogPlace, scrub: (text: string) => string): LogPlace =>
  Object.fromEntries(
    Object.entries(log).map(([name, value]) => [name, typeof value === 'string' ? scrub(value) : value]),
  );

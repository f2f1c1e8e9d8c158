import type { Candidate, Fingerprint } from './core/candidate.ts';
import { incidentOf, timesOf } from './core/candidate.ts';
import type { Clock } from './core/clock.ts';
import type { Detector } from './core/detector.ts';
import { Fault } from './core/errors.ts';
import type { RecordFact } from './core/facts.ts';
import type { Emit } from './core/fragment.ts';
import { linkTo } from './core/log-template.ts';
import { isLog, type LogPlace, type Origin } from './core/origin.ts';
import type { Engine } from './scan/engine.ts';
import { createScanner } from './scan/scan.ts';
import type { Candidates } from './topic/candidates.ts';
import { gathering } from './topic/gathering.ts';

export interface EmitNeeds {
  readonly detectors: readonly Detector[];
  readonly engine: Engine;
  readonly scrub: (text: string) => string;
  readonly fingerprint: Fingerprint;
  readonly record: RecordFact;
  readonly candidates: Candidates;
  readonly clock: Clock;
  /** Template of a link to a line of a log, for those that have none. */
  readonly link?: string | undefined;
}

/** Candidates sealed and announced in one turn of the event loop. */
const AT_ONCE = 100;

/** Scans a fragment; resolves when all that was found is durable on the topic. */
export const createEmit = ({
  detectors,
  engine,
  scrub,
  fingerprint,
  record,
  candidates,
  clock,
  link,
}: EmitNeeds): Emit => {
  const scanner = createScanner({ detectors, engine, fingerprint, record });
  const issuerOf = new Map(detectors.map(({ id, issuer }) => [id, issuer]));
  const found = ({ detector, fingerprint, origin, times }: Candidate) =>
    record({
      ...{ type: 'candidate.found', source: origin.source, detector, fingerprint, origin, times: timesOf({ times }) },
      ...{ incident: incidentOf(fingerprint), issuer: issuerOf.get(detector) ?? 'unknown' },
      secondsSinceLeak: origin.mode === 'live' ? (clock.now() - origin.receivedAt) / 1000 : undefined,
    });
  const tell = async (error: unknown): Promise<never> => {
    const code = error instanceof Fault ? error.code : 'internal.unexpected';
    await record({ type: 'fault.raised', code, detail: String(error) });
    throw error;
  };
  const publish = gathering(async (hits) => {
    await candidates.publish(hits).catch(tell);
    for (const hit of hits) void found(hit);
  });
  return async (fragment) => {
    const hits = await scanned(() => coalesced(scanner.scan(fragment)), tell);
    if (hits.length === 0) return;
    const clean = createCleaning((origin) => withLink(withoutKeys(origin, scrub), { template: link, scrub }));
    for (let at = 0; at < hits.length; at += AT_ONCE) await publish(hits.slice(at, at + AT_ONCE).map(clean));
  };
};

/** A source tries again for ever what it cannot have scanned: somebody must hear why. */
const scanned = async <T>(scan: () => T, tell: (error: unknown) => Promise<never>): Promise<T> => {
  try {
    return scan();
  } catch (error) {
    return tell(error);
  }
};

/**
 * A program that logs its key logs it in every line: of one piece of a log, the same key is one candidate, at the first
 * place, with the number of them. On GitHub each place is evidence and may be cleaned up by itself: all stay.
 */
const coalesced = (hits: readonly Candidate[]): readonly Candidate[] => {
  if (hits.length < 2) return hits;
  const kept: Candidate[] = [];
  const placeOf = new Map<string, number>();
  for (const hit of hits) {
    const at = isLog(hit.origin.source) ? placeOf.get(hit.fingerprint) : undefined;
    const first = at === undefined ? undefined : kept[at];
    if (at === undefined || first === undefined) {
      placeOf.set(hit.fingerprint, kept.length);
      kept.push(hit);
    } else kept[at] = { ...first, times: timesOf(first) + 1 };
  }
  return kept;
};

/** A key may stand in a file's name, a branch, a link: the origin goes to the ledger and to people. */
const createCleaning = (cleanOf: (origin: Origin) => Origin): ((hit: Candidate) => Candidate) => {
  const known = new Map<Origin, Origin>();
  return (hit) => {
    const origin = known.get(hit.origin) ?? cleanOf(hit.origin);
    known.set(hit.origin, origin);
    return { ...hit, origin };
  };
};

/** A part of a key would be found by no scrubber once it is encoded: the fields are clean before they are put in. */
const withLink = (
  origin: Origin,
  { template, scrub }: { template: string | undefined; scrub: (text: string) => string },
): Origin => {
  if (template === undefined || origin.link !== undefined || !isLog(origin.source)) return origin;
  const link = linkTo(template, origin);
  return link === undefined ? origin : { ...origin, link: scrub(link) };
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

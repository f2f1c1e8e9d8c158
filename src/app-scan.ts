import type { Readable } from 'node:stream';
import { createVerdicts } from './app-feedback.ts';
import { startGithub } from './app-github.ts';
import type { Settings } from './config.ts';
import { isLoopback } from './config-kinds.ts';
import type { Environment } from './config-secrets.ts';
import type { Fingerprint } from './core/candidate.ts';
import { type Candidate, incidentOf } from './core/candidate.ts';
import type { Clock } from './core/clock.ts';
import type { Detector } from './core/detector.ts';
import { Fault } from './core/errors.ts';
import type { RecordFact, WorkKind } from './core/facts.ts';
import type { Emit } from './core/fragment.ts';
import type { Ingress } from './core/ingress.ts';
import type { Origin } from './core/origin.ts';
import type { Secret } from './core/secret.ts';
import type { Store } from './core/store.ts';
import type { Incident } from './respond/ledger.ts';
import type { Engine } from './scan/engine.ts';
import { createScanner } from './scan/scan.ts';
import { httpLogs } from './sources/http-logs.ts';
import { logFile } from './sources/log-file.ts';
import { logStdin } from './sources/log-stdin.ts';
import type { Source } from './sources/source.ts';
import type { Candidates } from './topic/candidates.ts';

export interface Scanning {
  /** Matches that never became candidates since the start; what could not be fetched, and what is still to be, by kind. */
  backlog(): {
    readonly suppressed: number;
    readonly unscanned: ReadonlyMap<WorkKind, number>;
    readonly waiting: ReadonlyMap<WorkKind, number>;
  };
  /** Resolves with the reason when a source ended by itself. */
  readonly failed: Promise<unknown>;
  stop(): Promise<void>;
}

interface Needs {
  readonly store: Store;
  readonly clock: Clock;
  readonly record: RecordFact;
  readonly candidates: Candidates;
  readonly detectors: readonly Detector[];
  readonly engine: Engine;
  readonly scrub: (text: string) => string;
  readonly fingerprint: Fingerprint;
  readonly ingress: Ingress;
  readonly input: Readable;
  readonly env: Environment;
  /** What is known of a key, where keys are judged in this process. */
  readonly find?: ((fingerprint: string) => Incident | undefined) | undefined;
}

/** Runs every source that the settings name, through the scanner, onto the topic. */
export const startScanning = (settings: Settings, needs: Needs): Scanning => {
  const stop = new AbortController();
  const github = startGithub(settings, { ...needs, verdictOf: verdicts(needs) });
  const sources = [...(github?.sources ?? []), ...logSources(settings, needs)];
  let suppressed = 0;
  const record: RecordFact = (fact) => {
    if (fact.type === 'candidate.suppressed') suppressed += 1;
    return needs.record(fact);
  };
  const emit = createEmit({ ...needs, record });
  const running = sources.map((source) => source.run(emit, stop.signal));
  const broken = running.map((run) =>
    run.then(
      () => new Promise<never>(() => undefined),
      (error: unknown) => error,
    ),
  );
  return {
    backlog: () => ({
      suppressed,
      unscanned: github?.list.count('unscanned') ?? new Map(),
      waiting: github?.list.count('waiting') ?? new Map(),
    }),
    failed: Promise.race(broken),
    async stop() {
      stop.abort();
      await Promise.allSettled(running);
    },
  };
};

type EmitNeeds = Pick<Needs, 'detectors' | 'engine' | 'scrub' | 'fingerprint' | 'record' | 'candidates' | 'clock'>;

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
      secondsSinceLeak: (clock.now() - origin.receivedAt) / 1000,
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
    const hits = scanner.scan({ ...fragment, origin: withoutKeys(fragment.origin, scrub) });
    for (let at = 0; at < hits.length; at += AT_ONCE) await publish(hits.slice(at, at + AT_ONCE));
  };
};

/** A key may stand in a file's name, a branch, a link: the origin goes to the ledger and to people. */
const withoutKeys = ({ locator, link, actor, github, ...origin }: Origin, scrub: (text: string) => string): Origin => ({
  ...{ ...origin, locator: scrub(locator) },
  ...(link !== undefined && { link: scrub(link) }),
  ...(actor !== undefined && { actor: scrub(actor) }),
  ...(github && { github: { ...github, ...(github.path !== undefined && { path: scrub(github.path) }) } }),
});

/** Undefined where nobody judges keys. */
const verdicts = ({ engine, detectors, fingerprint, find, clock }: Needs) => {
  if (!find) return undefined;
  // What is suppressed here was said when it came in.
  const scanner = createScanner({ detectors, engine, fingerprint, record: async () => undefined });
  const origin = { source: 'github-partner', locator: 'feedback', receivedAt: 0, mode: 'live' } as const;
  const fingerprintsOf = (secret: Secret) =>
    scanner.scan({ bytes: Buffer.from(secret.expose()), origin }).map((candidate) => candidate.fingerprint);
  return createVerdicts({ fingerprintsOf, find, clock });
};

const logSources = ({ logs, http }: Settings, needs: Needs): readonly Source[] => [
  ...logs.files.map((path) => logFile({ ...needs, path, fromStart: logs.fromStart })),
  ...(logs.stdin ? [logStdin(needs)] : []),
  ...(logs.token || isLoopback(http.host) ? [httpLogs({ ...needs, token: logs.token })] : []),
];

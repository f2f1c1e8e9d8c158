import type { Readable } from 'node:stream';
import { createEmit } from './app-emit.ts';
import { createVerdicts } from './app-feedback.ts';
import { startGithub } from './app-github.ts';
import { logSources } from './app-logs.ts';
import { watchLosses } from './app-losses.ts';
import type { Settings } from './config.ts';
import type { Fingerprint } from './core/candidate.ts';
import type { Certificates } from './core/certificates.ts';
import type { Clock } from './core/clock.ts';
import type { Detector } from './core/detector.ts';
import type { RecordFact } from './core/facts.ts';
import type { WorkKind } from './core/github-facts.ts';
import type { Ingress } from './core/ingress.ts';
import type { Live } from './core/live-secret.ts';
import type { Seal } from './core/seal.ts';
import type { Secret } from './core/secret.ts';
import type { Store } from './core/store.ts';
import type { Incident } from './respond/ledger.ts';
import type { Engine } from './scan/engine.ts';
import { createScanner } from './scan/scan.ts';
import type { Environment } from './secrets/env.ts';
import type { Source } from './sources/source.ts';
import type { Candidates } from './topic/candidates.ts';

export interface Scanning {
  /** Matches that never became candidates since the start; what could not be fetched, and what is still to be, by kind. */
  backlog(): {
    readonly suppressed: number;
    readonly unscanned: ReadonlyMap<WorkKind, number>;
    readonly waiting: ReadonlyMap<WorkKind, number>;
  };
  /** Resolves when every source with an address of its own is heard there. Rejects with the `Fault` of one that is not. */
  readonly listening: Promise<unknown>;
  /** Resolves with the reason when a source ended by itself, or lost what the settings forbid to lose. */
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
  readonly seal: Seal;
  readonly live: Live;
  readonly certificates?: Certificates | undefined;
  readonly input: Readable;
  readonly env: Environment;
  /** What is known of a key, where keys are judged in this process. */
  readonly find?: ((fingerprint: string) => Incident | undefined) | undefined;
}

/** Runs every source that the settings name, through the scanner, onto the topic. */
export const startScanning = (settings: Settings, needs: Needs): Scanning => {
  const stop = new AbortController();
  const github = startGithub(settings, { ...needs, verdictOf: verdicts(needs) });
  const losses = watchLosses(settings, needs.record);
  const sources: readonly Pick<Source, 'run' | 'listening'>[] = [
    ...(github?.sources ?? []),
    ...logSources(settings, { ...needs, record: losses.record }),
  ];
  let suppressed = 0;
  const record: RecordFact = (fact) => {
    if (fact.type === 'candidate.suppressed') suppressed += 1;
    return needs.record(fact);
  };
  const emit = createEmit({ ...needs, record, link: settings.logs.link });
  const running = sources.map((source) => source.run(emit, stop.signal));
  const broken = running.map((run) =>
    run.then(
      () => new Promise<never>(() => undefined),
      (error: unknown) => error,
    ),
  );
  const failed = Promise.race([...broken, losses.lost]);
  const listening = Promise.all(sources.map((source) => source.listening));
  return {
    backlog: () => ({
      suppressed,
      unscanned: github?.list.count('unscanned') ?? new Map(),
      waiting: github?.list.count('waiting') ?? new Map(),
    }),
    listening: Promise.race([
      listening,
      failed.then((error) => {
        throw error;
      }),
    ]),
    failed,
    async stop() {
      stop.abort();
      await Promise.allSettled(running);
    },
  };
};

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

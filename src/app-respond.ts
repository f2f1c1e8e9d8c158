import { openChannels } from './app-channels.ts';
import { runErrands } from './app-errands.ts';
import { keepInventory } from './app-inventory.ts';
import { workosEnvironments } from './app-issuers.ts';
import { createOwn } from './app-keys.ts';
import type { Settings } from './config.ts';
import type { Fingerprint } from './core/candidate.ts';
import type { Clock } from './core/clock.ts';
import { askedIssuers, type Detector } from './core/detector.ts';
import { Fault, faults } from './core/errors.ts';
import type { RecordFact } from './core/facts.ts';
import type { Seal } from './core/seal.ts';
import type { Store } from './core/store.ts';
import { createBrake } from './respond/brake.ts';
import { createLedger, type Ledger } from './respond/ledger.ts';
import { createPolicy } from './respond/policy.ts';
import { createResponder } from './respond/responder.ts';
import type { Candidates } from './topic/candidates.ts';
import type { Subscription, Topic } from './topic/topic.ts';

const DRAIN_MS = 15_000;
const DEATH_EVERY_MS = 1_000;
const PRUNE_EVERY_MS = 600_000;

export interface Responding {
  readonly ledger: Ledger;
  /** Every issuer that is asked about keys. */
  readonly issuers: readonly string[];
  /** Why nothing is judged at the moment, for people; what is accepted waits. */
  halted(): string | undefined;
  /** What only a restart mends. */
  problems(): readonly string[];
  readonly braking: () => boolean;
  /** Resolves with the reason when the topic’s consumer was given up. */
  readonly failed: Promise<unknown>;
  stop(): Promise<void>;
}

interface Needs {
  readonly store: Store;
  readonly clock: Clock;
  readonly record: RecordFact;
  readonly candidates: Candidates;
  readonly topic: Topic;
  readonly detectors: readonly Detector[];
  readonly fingerprint: Fingerprint;
  readonly seal: Seal;
}

/** Judges and revokes what the topic holds, until stopped. */
export const startResponding = async (settings: Settings, needs: Needs): Promise<Responding> => {
  const { store, clock, record, candidates, detectors } = needs;
  const ledger = createLedger(store, clock);
  const brake = createBrake(settings.policy.brake, { ...needs, ledger });
  const workos = workosEnvironments(settings, needs);
  const channels = openChannels(settings, { ...needs, workos });
  const desk = {
    environments: (issuer: string) => (issuer === 'workos' ? workos : []),
    ours: createOwn(settings),
    policy: createPolicy(settings.policy),
    search: settings.logs.search,
    ...{ brake, ledger, channels, record, clock },
  };
  const responder = createResponder(desk, (id) => detectors.find((detector) => detector.id === id));
  // A topic on Kafka may be older than this ledger: what is behind it now is no concern of these books.
  const { published, waiting, parked } = await needs.topic.lag();
  await ledger.tally.baseline(published - waiting - parked);
  const subscription = await candidates.consume(responder.deal, { concurrency: settings.concurrency });
  const ended = new AbortController();
  const unlock = store.lock('responder'); // commands leave errands to who holds it
  const { signal } = ended;
  const beside = [
    ...channels.map((one) => one.run(signal)),
    ...[runErrands({ ...needs, ledger }, signal), prune({ ...needs, ledger }, signal)],
    keepInventory(settings, { ...needs, issuers: workos }, signal),
  ];
  return {
    ledger,
    issuers: askedIssuers(detectors),
    braking: brake.engaged,
    failed: deathOf(subscription, signal),
    halted: () => said(responder.halted()),
    problems: () => [
      ...(['running', 'halted'].includes(subscription.status())
        ? []
        : [`the topic’s consumer is ${subscription.status()}`]),
    ],
    async stop() {
      await subscription.stop(DRAIN_MS);
      ended.abort();
      await Promise.all(beside);
      unlock?.();
    },
  };
};

const said = (halt: Fault | undefined): string | undefined =>
  halt && `halted: ${halt.message}. ${faults[halt.code].help}`;

const prune = async (
  { ledger, topic, clock }: Pick<Needs, 'topic' | 'clock'> & { readonly ledger: Ledger },
  stop: AbortSignal,
): Promise<void> => {
  for (;;) {
    await clock.sleep(PRUNE_EVERY_MS, stop);
    if (stop.aborted) return;
    await ledger.tally.prune(topic.gone).catch(() => undefined);
  }
};

/** Nothing tells of a consumer that is given up: it is looked at. */
const deathOf = (subscription: Subscription, stop: AbortSignal): Promise<unknown> =>
  new Promise((resolve) => {
    const look = setInterval(() => {
      if (subscription.status() === 'dead') resolve(new Fault('topic.unreachable', 'the consumer was given up'));
    }, DEATH_EVERY_MS);
    stop.addEventListener('abort', () => clearInterval(look));
  });

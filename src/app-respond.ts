import { openChannels, openTrail, toldOf } from './app-channels.ts';
import { runErrands } from './app-errands.ts';
import { workosEnvironments } from './app-issuers.ts';
import { createOwn } from './app-keys.ts';
import { openLife } from './app-life.ts';
import type { RotationsNeeds } from './app-rotations.ts';
import type { Settings } from './config.ts';
import type { Fingerprint } from './core/candidate.ts';
import type { Clock } from './core/clock.ts';
import { askedIssuers, type Detector } from './core/detector.ts';
import { Fault, faults } from './core/errors.ts';
import type { RecordFact } from './core/facts.ts';
import type { Ingress } from './core/ingress.ts';
import type { Issuer } from './core/issuer.ts';
import type { Live } from './core/live-secret.ts';
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
const LOCK_EVERY_MS = 500;

export interface Responding {
  readonly ledger: Ledger;
  /** Every issuer that is asked about keys. */
  readonly issuers: readonly string[];
  /** Why nothing is judged at the moment, for people; what is accepted waits. */
  halted(): string | undefined;
  /** What only a restart mends. */
  problems(): readonly string[];
  readonly braking: () => boolean;
  /** Up to when all is known that happened to the issuer's keys (ms since 1970); undefined: nobody asks. */
  readonly keysKnownAt: () => number | undefined;
  /** Does what matches no known key wait until more is known of our keys? */
  readonly waitsForKeys: () => boolean;
  /** Resolves with the reason when the topic’s consumer was given up. */
  readonly failed: Promise<unknown>;
  /** Hears there what the issuer tells by itself, if it is to. */
  listenAt(ingress: Ingress): void;
  stop(): Promise<void>;
}

interface Needs extends Pick<RotationsNeeds, 'sink' | 'program'> {
  readonly store: Store;
  readonly clock: Clock;
  readonly record: RecordFact;
  readonly candidates: Candidates;
  readonly topic: Topic;
  readonly detectors: readonly Detector[];
  readonly fingerprint: Fingerprint;
  readonly seal: Seal;
  readonly live: Live;
}

/** Judges and revokes what the topic holds, until stopped. */
export const startResponding = async (settings: Settings, needs: Needs): Promise<Responding> => {
  const { store, clock, record, candidates, detectors } = needs;
  const ledger = createLedger(store, clock);
  const workos = workosEnvironments(settings, needs);
  const trail = openTrail(settings, { ...needs, issuers: workos });
  const life = openLife(settings, { ...needs, issuers: workos, told: toldOf(trail, clock) });
  const { prefilter, asked } = life.inventory ?? {};
  const channels = [...openChannels(settings, { ...needs, trail }), ...life.channels];
  const brake = createBrake(settings.policy.brake, { ...needs, ledger });
  const rules = createRules(settings, { workos, live: needs.live });
  const desk = { ...rules, prefilter, asked, brake, ledger, channels, record, clock };
  const responder = createResponder(desk, (id) => detectors.find((detector) => detector.id === id));
  // A topic on Kafka may be older than this ledger: what is behind it now is no concern of these books.
  const { published, waiting, parked } = await needs.topic.lag();
  await ledger.tally.baseline(published - waiting - parked);
  const subscription = await candidates.consume(responder.deal, { concurrency: settings.concurrency });
  const ended = new AbortController();
  const { signal } = ended;
  const beside = [
    holdLock(needs, signal),
    ...channels.map((one) => one.run(signal)),
    ...[runErrands({ ...needs, ledger }, signal), prune({ ...needs, ledger }, signal)],
    life.run(signal),
  ];
  return {
    ledger,
    issuers: askedIssuers(detectors),
    listenAt: (ingress) => life.inventory?.listenAt(ingress),
    braking: brake.engaged,
    keysKnownAt: () => life.inventory?.inventory.knownAt(),
    waitsForKeys: () => prefilter?.mode === 'strict' && prefilter.isStale(),
    failed: deathOf(subscription, signal),
    halted: () => said(responder.halted()),
    problems: () => problemsOf(subscription),
    async stop() {
      await subscription.stop(DRAIN_MS);
      ended.abort();
      await Promise.all(beside);
    },
  };
};

const problemsOf = (subscription: Subscription): readonly string[] => {
  const status = subscription.status();
  return ['running', 'halted'].includes(status) ? [] : [`the topic’s consumer is ${status}`];
};

/** What the settings say of a key, and who may be asked about it. */
const createRules = (settings: Settings, { workos, live }: { workos: readonly Issuer[]; live: Live }) => ({
  environments: (issuer: string) => (issuer === 'workos' ? workos : []),
  ours: createOwn(settings, live),
  policy: createPolicy(settings.policy),
  search: settings.logs.search,
});

const said = (halt: Fault | undefined): string | undefined =>
  halt && `halted: ${halt.message}. ${faults[halt.code].help}`;

/** Commands leave their work to who holds it; one of them may have it just now. */
const holdLock = async ({ store, clock }: Pick<Needs, 'store' | 'clock'>, stop: AbortSignal): Promise<void> => {
  let unlock: (() => void) | undefined;
  while (!stop.aborted) {
    unlock ??= store.lock('responder');
    await clock.sleep(unlock ? PRUNE_EVERY_MS : LOCK_EVERY_MS, stop);
  }
  unlock?.();
};

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

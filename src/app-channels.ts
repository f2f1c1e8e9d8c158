import { createWorkosTrail } from '../detectors/workos-customer-key.trail.ts';
import { githubChannels } from './app-github.ts';
import type { RotationsNeeds } from './app-rotations.ts';
import type { Settings } from './config.ts';
import type { Fingerprint } from './core/candidate.ts';
import type { Clock } from './core/clock.ts';
import type { RecordFact } from './core/facts.ts';
import type { Issuer } from './core/issuer.ts';
import type { Live } from './core/live-secret.ts';
import type { Channel } from './core/notice.ts';
import type { Seal } from './core/seal.ts';
import type { Store } from './core/store.ts';
import { createNotifier } from './respond/notify.ts';
import { createProbe } from './respond/probe.ts';
import { createRevocations } from './respond/revocations.ts';
import { createTrail } from './respond/trail.ts';
import type { Topic } from './topic/topic.ts';

interface TrailNeeds {
  readonly store: Store;
  readonly clock: Clock;
  readonly record: RecordFact;
  /** The environments of WorkOS. */
  readonly issuers: readonly Issuer[];
}

/** What the customers' own trails are told; undefined where the settings do not want it. */
export const openTrail = ({ workos }: Settings, needs: TrailNeeds): Trail | undefined =>
  workos.auditLog ? createTrail({ ...needs, trail: createWorkosTrail() }) : undefined;

type Trail = ReturnType<typeof createTrail>;

/** Tells them of rotations: that a key is to end, and that it is replaced. */
export const toldOf =
  (trail: Trail | undefined, clock: Clock): RotationsNeeds['told'] =>
  (before, { step, fault, cause, environment, old }) => {
    const isBegun = before.step !== 'watch' && before.isLonger === undefined;
    const isScheduled = step === 'watch' && isBegun && cause !== 'leak';
    const isDone = step === 'done' && fault === undefined;
    if (!trail || !(isScheduled || isDone)) return () => undefined;
    const { id, name, owner } = old;
    return trail.rotation({
      action: isDone ? 'api_key.rotated' : 'api_key.rotation_scheduled',
      ...{ environment, organization: owner.organization, key: { id, name }, occurredAt: clock.now() },
      ...(owner.type === 'user' && { user: owner.id }),
    });
  };

interface Needs extends Omit<TrailNeeds, 'issuers'> {
  readonly fingerprint: Fingerprint;
  readonly seal: Seal;
  readonly live: Live;
  readonly topic: Pick<Topic, 'announce'>;
  readonly trail: Trail | undefined;
}

/** All on which people and programs are told what became of a key. */
export const openChannels = (settings: Settings, needs: Needs): readonly Channel[] => {
  const { revocations, probe } = settings;
  return [
    createRevocations(revocations, { ...needs, announce: revocations.topic ? needs.topic.announce : undefined }),
    createProbe(probe, needs),
    createNotifier(settings.notify, needs),
    ...githubChannels(settings, needs),
    ...(needs.trail ? [needs.trail] : []),
  ];
};

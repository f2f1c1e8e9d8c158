import { createWorkosTrail } from '../detectors/workos-customer-key.trail.ts';
import { githubChannels } from './app-github.ts';
import type { Settings } from './config.ts';
import type { Fingerprint } from './core/candidate.ts';
import type { Clock } from './core/clock.ts';
import type { RecordFact } from './core/facts.ts';
import type { Issuer } from './core/issuer.ts';
import type { Channel } from './core/notice.ts';
import type { Seal } from './core/seal.ts';
import type { Store } from './core/store.ts';
import { createNotifier } from './respond/notify.ts';
import { createProbe } from './respond/probe.ts';
import { createRevocations } from './respond/revocations.ts';
import { createTrail } from './respond/trail.ts';
import type { Topic } from './topic/topic.ts';

interface Needs {
  readonly store: Store;
  readonly clock: Clock;
  readonly record: RecordFact;
  readonly fingerprint: Fingerprint;
  readonly seal: Seal;
  readonly topic: Pick<Topic, 'announce'>;
  /** The environments of WorkOS. */
  readonly workos: readonly Issuer[];
}

/** All on which people and programs are told what became of a key. */
export const openChannels = (settings: Settings, needs: Needs): readonly Channel[] => {
  const { revocations, probe, workos } = settings;
  return [
    createRevocations(revocations, { ...needs, announce: revocations.topic ? needs.topic.announce : undefined }),
    createProbe(probe, needs),
    createNotifier(settings.notify, needs),
    ...githubChannels(settings, needs),
    ...(workos.auditLog ? [createTrail({ ...needs, trail: createWorkosTrail(), issuers: needs.workos })] : []),
  ];
};

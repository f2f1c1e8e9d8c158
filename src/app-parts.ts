import { join } from 'node:path';
import { detectors as registry } from '../detectors/index.ts';
import { openKeys } from './app-keys.ts';
import { openRecording, type RecordingNeeds } from './app-record.ts';
import { createSinks, openLiveSecrets, programOf, type SecretSources } from './app-secrets.ts';
import { openTopic } from './app-topic.ts';
import type { Settings } from './config.ts';
import { systemClock } from './core/clock.ts';
import { createEngine } from './scan/engine.ts';
import { ruleOf } from './scan/rule.ts';
import { createScrub } from './scan/scrub.ts';
import type { Environment } from './secrets/env.ts';
import { openStore } from './store.ts';
import { createCandidates } from './topic/candidates.ts';
import { createRecordedTopic } from './topic/recorded.ts';
import { defaultRetryPlan } from './topic/topic.ts';

export interface PartsNeeds extends Pick<RecordingNeeds, 'role' | 'version' | 'log' | 'watch'> {
  /** Where the secrets of the settings can be had again; absent: they stay as they are. */
  readonly secrets?: SecretSources;
  /** Of the programs that we run. */
  readonly env?: Environment;
}

/** A command that works on the journal has it for so long at most. */
const JOURNAL_MS = 20_000;

/** What every role stands on; closed with `opened`. Errors: `Fault`s. */
export const openParts = async (settings: Settings, needs: PartsNeeds, opened: AsyncDisposableStack) => {
  const clock = systemClock;
  const detectors = registry(settings.detectors);
  const engine = createEngine(detectors.map(ruleOf));
  const scrub = createScrub(engine);
  const store = opened.adopt(openStore(join(settings.dataDir, 'keyfuse.db')), (it) => it.close());
  const recording = opened.adopt(
    await openRecording(settings, { ...needs, detectors, scrub, clock, patienceMs: JOURNAL_MS }),
    (it) => it.close(),
  );
  const { record, metrics } = recording;
  const kept = opened.adopt(openLiveSecrets(settings, { clock, record, secrets: needs.secrets }), (it) => it.stop());
  const { seal, fingerprint, renew } = openKeys(settings, kept.live);
  const bare = opened.adopt(await openTopic(settings, { store, clock, record }), (it) => it.close());
  const topic = createRecordedTopic(bare, { record, plan: defaultRetryPlan });
  const candidates = createCandidates({ topic, seal, renew: settings.topic.brokers.length > 0 ? renew : undefined });
  const { live, refresh } = kept;
  const { env = {} } = needs;
  const sinks = { sink: createSinks(needs.secrets?.stores, env), program: programOf(env) };
  return {
    clock,
    detectors,
    engine,
    scrub,
    store,
    seal,
    fingerprint,
    record,
    metrics,
    topic,
    candidates,
    live,
    refresh,
    ...sinks,
  };
};

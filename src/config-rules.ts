import type { Settings } from './config.ts';
import type { FaultList } from './config-faults.ts';
import { isLoopback } from './config-kinds.ts';

/** Which half of the pipeline runs: both, or one of them with Kafka between. */
export type Role = 'all' | 'scan' | 'respond';

/** Adds what is right alone and wrong together; without a role, only what every command needs. */
export const addMissing = (
  { workos, github, logs, topic, http }: Settings,
  role: Role | undefined,
  faults: FaultList,
): void => {
  const need = (when: boolean, path: string, why: string) => when && faults.add(path.split('.'), why);
  const scans = role === 'all' || role === 'scan';
  const responds = role === 'all' || role === 'respond';
  const apart = role === 'scan' || role === 'respond';
  const names = workos.environments.map(({ name }) => name);
  const kafka = topic.brokers.length > 0;
  const watches = github.webhookSecret || logs.files.length > 0 || logs.stdin || logs.token;
  const signsIn = topic.saslMechanism !== undefined;

  need(
    responds && !workos.apiKey && names.length === 0,
    'workos.apiKey',
    'is missing; nothing could be judged or deleted',
  );
  need(new Set(names).size !== names.length, 'workos.environments', 'two environments have the same name');
  need(
    scans && !watches,
    'github.webhookSecret',
    'is missing, and no log source is set either: nothing would be watched',
  );
  need(
    scans && !isLoopback(http.host) && !logs.token && !github.webhookSecret,
    'logs.token',
    'is needed when HOST is not loopback',
  );
  need(apart && !kafka, 'topic.brokers', 'is needed to run roles apart');
  need(kafka && !topic.sealKeys, 'topic.sealKeys', 'is needed with Kafka: every role must hold the same keys');
  need(
    kafka && !topic.fingerprintKey,
    'topic.fingerprintKey',
    'is needed with Kafka: every role must hold the same key',
  );
  need(signsIn && !topic.saslUsername, 'topic.saslUsername', 'is needed to sign in');
  need(signsIn && !topic.saslPassword, 'topic.saslPassword', 'is needed to sign in');
};

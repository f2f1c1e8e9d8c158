import { createSecretKey, randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFingerprint, type Fingerprint } from '../src/core/candidate.ts';
import { type SpawnedWorkos, spawnEmulatedWorkos } from '../src/demo/workos-child.ts';
import { type DaemonChild, spawnDaemon } from './daemon-child.ts';
import type { Load } from './load.ts';
import type { TopicName } from './options.ts';

/** Where the rounds are played: which topic, and the brokers of it. */
export interface Place {
  readonly topic: TopicName;
  /** `host:port`; none for the embedded topic. */
  readonly brokers: readonly string[];
  readonly profile: string | undefined;
}

interface Wishes {
  /** Keys dealt with at once, and calls to the issuer at once. */
  readonly concurrency: number;
  readonly issuerMs: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** A fresh daemon on fresh data with an emulated WorkOS, each in a process of its own. */
export interface Stage extends AsyncDisposable {
  readonly workos: SpawnedWorkos;
  readonly daemon: DaemonChild;
  readonly fingerprint: Fingerprint;
  readonly webhookSecret: string;
  /** Before `start`: fills the topic; gives the seconds. */
  publish(load: Load): Promise<number>;
  /** Gives the URL of the ingress. */
  start(): Promise<string>;
}

export const openStage = async (place: Place, wishes: Wishes): Promise<Stage> => {
  const opened = new AsyncDisposableStack();
  try {
    return await build({ place, wishes, opened });
  } catch (error) {
    await opened.disposeAsync();
    throw error;
  }
};

const settingsFile = (concurrency: number): string => `workos:\n  concurrency: ${Math.min(concurrency, 1_000)}\n`;

const build = async (needs: { place: Place; wishes: Wishes; opened: AsyncDisposableStack }): Promise<Stage> => {
  const { place, wishes, opened } = needs;
  const dir = await mkdtemp(join(tmpdir(), 'keyfuse-bench-'));
  const clear = () => rmSync(dir, { recursive: true, force: true });
  process.once('exit', clear); // also when a signal ends us
  opened.defer(() => {
    process.off('exit', clear);
    clear();
  });
  const [credential, webhookSecret] = [randomBytes(24).toString('hex'), randomBytes(24).toString('hex')];
  const workos = opened.adopt(await spawnEmulatedWorkos({ credential, latencyMs: wishes.issuerMs }), (it) =>
    it.close(),
  );
  const fingerprintKey = randomBytes(32);
  const file = join(dir, 'keyfuse.yaml');
  await writeFile(file, settingsFile(wishes.concurrency));
  const name = `bench-${randomBytes(6).toString('hex')}`;
  const env = {
    ...{ WORKOS_API_KEY: credential, WORKOS_BASE_URL: workos.url, WORKOS_REQUESTS_PER_SECOND: '100000' },
    ...{ BRAKE_DELETIONS: '1000000', RESPOND_CONCURRENCY: String(wishes.concurrency), WEBHOOK_SECRET: webhookSecret },
    ...{ DATA_DIR: join(dir, 'data'), PORT: '0', OPS_PORT: '0', FINGERPRINT_KEY: fingerprintKey.toString('base64') },
    ...{ SEAL_KEYS: `bench:${randomBytes(32).toString('base64')}`, KAFKA_BROKERS: place.brokers.join() },
    ...{ KAFKA_PREFIX: name, KAFKA_GROUP: name, KAFKA_REPLICATION: '1' },
    ...wishes.env,
  };
  const daemon = await spawnDaemon({ log: join(dir, 'keyfuse.log'), profile: place.profile });
  opened.defer(daemon.close);
  return {
    ...{ workos, daemon, webhookSecret, fingerprint: createFingerprint(createSecretKey(fingerprintKey)) },
    publish: (load) => daemon.ask('publish', env, file, load),
    start: () => daemon.ask('start', env, file),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
};

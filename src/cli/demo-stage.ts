import { createHash, createSecretKey, randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type Daemon, startDaemon } from '../app.ts';
import { readConfig } from '../config-read.ts';
import { createFingerprint } from '../core/candidate.ts';
import type { Fact } from '../core/facts.ts';
import { sample } from '../core/sample.ts';
import { Secret } from '../core/secret.ts';
import { startEmulatedGithub } from '../demo/github.ts';
import { startEmulatedWorkos } from '../demo/workos.ts';
import type { Environment } from '../secrets/env.ts';

export const REPOSITORY = 'octo/shop';
const CUSTOMER_KEY = 'workos-customer-key';

/** A key of the demo; its text goes where it leaks and nowhere else. */
export interface DemoKey {
  readonly id: string;
  readonly value: string;
  readonly fingerprint: string;
  readonly sha256: string;
}

/** The emulators and the daemon, started in a folder of their own that is removed at the end. */
export const openStage = async (needs: Omit<Building, 'opened'>) => {
  const opened = new AsyncDisposableStack();
  try {
    return await build({ ...needs, opened });
  } catch (error) {
    await opened.disposeAsync();
    throw error;
  }
};

export type Stage = Awaited<ReturnType<typeof openStage>>;

interface Building {
  readonly version: string;
  /** Where git is found. */
  readonly env: Environment;
  readonly watch: (fact: Fact) => void;
  readonly opened: AsyncDisposableStack;
}

const build = async ({ version, watch, env: own, opened }: Building) => {
  const dir = await mkdtemp(join(tmpdir(), 'keyfuse-demo-'));
  opened.defer(() => rm(dir, { recursive: true, force: true }));
  const [credential, token, webhookSecret] = [1, 2, 3].map(() => randomBytes(24).toString('hex')) as [
    string,
    string,
    string,
  ];
  const fingerprintKey = randomBytes(32);
  const workos = opened.adopt(await startEmulatedWorkos({ credential }), (it) => it.close());
  const github = opened.adopt(await startEmulatedGithub({ token, webhookSecret }), (it) => it.close());
  await github.createRepository(REPOSITORY);

  const seed = randomBytes(16).toString('hex');
  const fingerprint = createFingerprint(createSecretKey(fingerprintKey));
  let issued = 0;
  const issue = (name: string): DemoKey => {
    issued += 1;
    const { id, value } = workos.issueKey({ name, seed: `${seed} ${issued}`, permissions: ['orders:read'] });
    return describe(id, value, fingerprint);
  };
  const canary = issue('canary');

  const files = { log: join(dir, 'app.log'), settings: join(dir, 'keyfuse.yaml'), own: join(dir, 'keyfuse.log') };
  await writeFile(files.log, '');
  await writeFile(files.settings, settingsFile(canary.fingerprint));
  const env = {
    ...{ WORKOS_API_KEY: credential, WORKOS_BASE_URL: workos.url, WORKOS_REQUESTS_PER_SECOND: '1000' },
    ...{ GITHUB_TOKEN: token, GITHUB_API_URL: github.url, WEBHOOK_SECRET: webhookSecret, LOG_FILES: files.log },
    ...{ DATA_DIR: join(dir, 'data'), PORT: '0', OPS_PORT: '0', FINGERPRINT_KEY: fingerprintKey.toString('base64') },
  };
  const settings = readConfig({ env, file: files.settings, role: 'all' });
  const log = opened.adopt(createWriteStream(files.own), async (it) => void it.end());
  const needs = { role: 'all', version, input: Readable.from([]), env: own, log, watch } as const;
  const daemon: Daemon = await startDaemon(settings, needs);
  opened.defer(() => daemon.stop('demo'));
  github.setHookUrl(`${daemon.ingressUrl}/api/github/webhooks`);
  return {
    ...{ workos, github, daemon, issue, canary, dataDir: settings.dataDir, ownLog: files.own },
    writeLog: (line: string) => appendFile(files.log, `${line}\n`),
    /** Looks like a key of another vendor under the same prefix, and must be sent nowhere. */
    foreignKey: () => `sk_live_${sample(`${seed} foreign`, 24)}`,
    close: () => opened.disposeAsync(),
  };
};

const describe = (id: string, value: string, fingerprint: ReturnType<typeof createFingerprint>): DemoKey => ({
  ...{ id, value, fingerprint: fingerprint(CUSTOMER_KEY, new Secret(value)) },
  sha256: createHash('sha256').update(value).digest('hex'),
});

const settingsFile = (canary: string): string => `policy:
  canaries:
    - fingerprint: ${canary}
      reason: planted by the demo, must alarm and live on
      expires: 2099-12-31
`;

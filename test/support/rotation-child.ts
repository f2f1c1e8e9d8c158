/**
 * Rotates one key and says how it stands, killed by itself at the n-th of the moments at which something was done or will
 * be: `KILL_AT=n`. Time does not have to be waited for.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { workosKeeper } from '../../detectors/workos-customer-key.keeper.ts';
import { workosMaker } from '../../detectors/workos-customer-key.maker.ts';
import { workosCustomerKey, workosCustomerKeySettings } from '../../detectors/workos-customer-key.ts';
import { programOf } from '../../src/app-secrets.ts';
import { systemClock } from '../../src/core/clock.ts';
import type { Issuer } from '../../src/core/issuer.ts';
import { fixedSecret } from '../../src/core/live-secret.ts';
import { Secret } from '../../src/core/secret.ts';
import { createIssuer } from '../../src/issuers/road.ts';
import { createProbe } from '../../src/keys/probe.ts';
import { isOver } from '../../src/keys/rotation.ts';
import { createRotations } from '../../src/keys/rotations.ts';
import { openStore } from '../../src/store.ts';
import { createSeal } from '../../src/topic/seal.ts';

const { DIR = '', URL: url = '', CREDENTIAL = '', KEY = '', GRACE_MS = '' } = process.env;
let left = Number(process.env['KILL_AT'] ?? 0);
const moment = (): void => {
  left -= 1;
  if (left === 0) process.kill(process.pid, 'SIGKILL');
};
const around = async <T>(work: () => Promise<T>): Promise<T> => {
  moment();
  const done = await work();
  moment();
  return done;
};

let skipped = 0;
const clock = { ...systemClock, now: () => systemClock.now() + skipped };
const record = (): Promise<void> => around(async () => undefined);
const pace = { perSecond: 10_000, concurrency: 8, patienceMs: 10_000, deadlineMs: 5_000, bodyBytes: 1_000_000 };
const environment = {
  issuer: 'workos',
  environment: 'default',
  baseUrl: new URL(url),
  credential: fixedSecret(new Secret(CREDENTIAL)),
};
const road = createIssuer({ ...environment, ...pace }, { clock, record: async () => undefined });
const issuer: Issuer = { environment: 'default', ask: (operation, call) => around(() => road.ask(operation, call)) };
const path = join(DIR, 'sink');
const sink = {
  name: 'file',
  put: (value: Secret) => around(async () => writeFileSync(path, value.expose())),
  get: async () => new Secret(readFileSync(path, 'utf8')),
};
const { validate, revoke } = workosCustomerKey(workosCustomerKeySettings.parse({}));
if (!validate || !revoke) throw new Error('no calls');
const store = openStore(join(DIR, 'keyfuse.db'));
const rotations = createRotations({
  ...{
    keeper: workosKeeper,
    maker: workosMaker,
    calls: { validate, revoke },
    probe: createProbe(programOf(process.env)),
    belonging: () => [],
    claim: () => undefined,
    sink: () => sink,
  },
  ...{ seal: createSeal([{ id: 'k1', key: Buffer.alloc(32, 7) }]), issuers: [issuer], store, clock, record },
});
const answer = await workosKeeper.keys(road, { type: 'organization', id: 'org_1' });
const key = 'got' in answer ? answer.got.items.find(({ id }) => id === KEY) : undefined;
const plan = { sink: 'file', graceMs: Number(GRACE_MS), mostMs: 60_000 };
if (key && rotations.ofKey(KEY).length === 0) await rotations.begin({ environment: 'default', key, plan }, 'ada');
for (;;) {
  const [rotation] = rotations.ofKey(KEY);
  if (!rotation || isOver(rotation)) break;
  skipped += Math.max(0, rotation.dueAt - clock.now());
  await rotations.work(new AbortController().signal);
}
process.stdout.write(`${JSON.stringify(rotations.ofKey(KEY).map(({ step, newId, why }) => ({ step, newId, why })))}\n`);
await store.close();

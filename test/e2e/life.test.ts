import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import { startEmulatedWorkos } from '../../src/demo/workos.ts';
import { fresh, startDaemonProcess } from '../support/daemon.ts';
import { eventually } from '../support/eventually.ts';

test('a leaked key dies, and its replacement arrives where it belongs', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'keyfuse-life-'));
  const credential = fresh().secret;
  const workos = await startEmulatedWorkos({ credential });
  const leaked = workos.issueKey({ organization: 'org_1', name: 'ci', permissions: ['posts:write'] });
  const kept = workos.issueKey({ organization: 'org_2', name: 'not to be replaced' });
  const [log, sink, config] = [join(dir, 'app.log'), join(dir, 'ci.key'), join(dir, 'keyfuse.yaml')];
  const targets = [{ organization: 'org_1', name: 'ci', sink: `file://${sink}`, onLeak: 'delete-and-replace' }];
  writeFileSync(config, stringify({ keys: { rotation: { targets } } }));
  writeFileSync(log, '');
  const daemon = await startDaemonProcess({
    ...{ WORKOS_API_KEY: credential, WORKOS_BASE_URL: workos.url, DATA_DIR: join(dir, 'data') },
    ...{ LOG_FILES: log, LOG_FROM_START: 'true', KEYFUSE_CONFIG: config },
  });
  try {
    appendFileSync(log, `token=${leaked.value}\ntoken=${kept.value}\n`);
    await eventually('both to be dead', () => !workos.isLive(leaked.id) && !workos.isLive(kept.id), 30_000);
    const held = await eventually('the replacement', () => (existsSync(sink) ? readFileSync(sink, 'utf8') : undefined));
    expect(held).not.toBe(leaked.value);
    const headers = { authorization: `Bearer ${credential}` };
    const answer = await fetch(`${workos.url}/organizations/org_1/api_keys`, { headers });
    const { data } = (await answer.json()) as { data: readonly { name: string; permissions: readonly string[] }[] };
    expect(data).toMatchObject([{ name: expect.stringMatching(/^ci \[rot_/), permissions: ['posts:write'] }]);
    const ended = 'keyfuse_rotations_total{cause="leak",result="done"} 1';
    await eventually('the rotation to end', async () =>
      (await (await fetch(`${daemon.opsUrl}/metrics`)).text()).includes(ended),
    );
    // The key that leaked is asked about only until it is dead, and no found key was ever used as a credential.
    expect(workos.refusedCredentials().size).toBe(0);
  } finally {
    await daemon.stop('SIGTERM');
    await workos.close();
    rmSync(dir, { recursive: true });
  }
}, 90_000);

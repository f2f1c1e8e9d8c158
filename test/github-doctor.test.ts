import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { sample } from '../src/core/sample.ts';
import { Secret } from '../src/core/secret.ts';
import { gitVersion } from '../src/sources/git.ts';
import { examine } from '../src/sources/github/doctor.ts';
import type { Checked } from '../src/sources/github/doctor-checked.ts';
import { events, permissions } from '../src/sources/github/needed.ts';
import { createGithub } from '../src/sources/index.ts';
import { scratch } from './support/benches.ts';
import { keyfuse } from './support/daemon.ts';
import { createApp, GITHUB_TOKEN, type GithubBench, REPO, startGithubBench } from './support/github-bench.ts';

interface Manifest {
  readonly default_permissions: Record<string, string>;
  readonly default_events: readonly string[];
  readonly hook_attributes: { readonly url: string };
}
const manifest: Manifest = parse(readFileSync(join(import.meta.dirname, '../deploy/github-app/app.yml'), 'utf8'));

let bench: GithubBench;
afterEach(() => bench?.close());

const start = async (given: { permissions?: Record<string, string>; events?: readonly string[] } = {}) => {
  const { app, privateKey } = createApp();
  const all = { permissions: manifest.default_permissions, events: manifest.default_events, ...given };
  bench = await startGithubBench({ app: { ...app, ...all }, hookKind: 'app' });
  const credential = { id: '4711', privateKey };
  return createGithub({ baseUrl: bench.github.url, app: credential, clock: bench.clock });
};
const gathered = async (checks: AsyncIterable<Checked>): Promise<readonly Checked[]> => {
  const all: Checked[] = [];
  for await (const one of checks) all.push(one);
  return all;
};
const examined = async (
  github: Parameters<typeof examine>[0]['github'],
  now = Date.now,
): Promise<readonly Checked[]> => {
  const stop = new AbortController().signal;
  return gathered(examine({ github, gitVersion: gitVersion(process.env), repositories: [REPO], now, stop }));
};
const mends = (all: readonly Checked[]): string =>
  all.flatMap(({ what, mend }) => (mend ? `${what} → ${mend}` : [])).join('\n');

describe('the manifest', () => {
  test('asks for what is needed and for nothing else', () => {
    const asked = Object.fromEntries(Object.entries(permissions).map(([name, [level]]) => [name, level]));
    expect(manifest.default_permissions).toEqual(asked);
    expect([...manifest.default_events].sort()).toEqual([...events].sort());
    expect(manifest.hook_attributes.url).toMatch(/^https:\/\/.*\/api\/github\/webhooks$/);
  });
});

describe('the doctor', () => {
  test('finds nothing where all is right', async () => {
    const github = await start();
    const now = bench.open();
    await bench.github.openIssue(REPO, { title: 't', body: 'b' });
    const all = await examined(github);
    await now.shut();
    expect(mends(all)).toBe('');
    expect(all.length).toBeGreaterThan(5);
  });

  test('names each permission and event that is missing, and what does not work without it', async () => {
    const { contents: _, ...fewer } = manifest.default_permissions;
    const given = { permissions: { ...fewer, secret_scanning_alerts: 'read' }, events: ['push'] };
    const all = mends(await examined(await start(given)));
    expect(all).toContain('permission contents: none → give it read, or commits,');
    expect(all).toContain('permission secret_scanning_alerts: read → give it write, or the secrets of alerts');
    expect(all).toMatch(/not subscribed: .*issue_comment/);
    expect(all).not.toContain('permission issues');
  });

  test('sees deliveries that fail, a hook that goes elsewhere, and a clock that is wrong', async () => {
    const github = await start();
    await bench.github.openIssue(REPO, { title: 't', body: 'b' }); // nobody listens
    bench.github.setHookUrl(`${bench.ingress.url}/hooks`, 'app');
    const all = mends(await examined(github, () => Date.now() + 600_000));
    expect(all).toMatch(/0 of the last \d+ deliveries arrived.*failed: .* → is the ingress reachable/);
    expect(all).toContain('/hooks → the path is /api/github/webhooks');
    expect(all).toMatch(/the clock is \d+ s off/);
  });

  test('sees the hook of an organization, once for all its repositories, or knows it by what it delivered', async () => {
    bench = await startGithubBench({ hookKind: 'organization', organizations: ['acme'] });
    await bench.github.createRepository('acme/lib');
    const now = bench.open();
    await bench.github.openIssue(REPO, { title: 't', body: 'b' });
    const needs = {
      gitVersion: '2',
      repositories: [REPO, 'acme/lib'],
      now: Date.now,
      stop: new AbortController().signal,
    };
    const all = await gathered(examine({ ...needs, github: bench.client }));
    expect(mends(all)).toBe('');
    expect(all.filter(({ what }) => /^acme sends signed JSON|^acme: \d of the last/.test(what)).length).toBe(2);
    const hooks = now.room.places.hooks();
    await now.shut();
    bench.github.inject({ kind: 'status', status: 404, body: {} }, { route: 'organization_hooks' });
    const unseen = { ...needs, github: bench.client };
    expect(mends(await gathered(examine({ ...unseen, hooks })))).toBe('');
    expect(mends(await gathered(examine(unseen)))).toMatch(/has no webhook → .*; one of an organization is seen with/);
  });

  test('tells a credential that is refused, a host that is not there, a repository that is hidden', async () => {
    await start();
    const { url } = bench.github;
    const of = (baseUrl: string, token: string) =>
      createGithub({ baseUrl, token: new Secret(token), clock: bench.clock });
    expect(mends(await examined(of(url, sample('another token', 40)))).split('\n')).toEqual([
      expect.stringContaining('the credential is refused'),
    ]);
    expect(mends(await examined(of('http://127.0.0.1:9', GITHUB_TOKEN)))).toContain('GitHub cannot be reached');
    await bench.github.createRepository('acme/none');
    const stop = new AbortController().signal;
    const github = of(url, GITHUB_TOKEN);
    const needs = { github, gitVersion: undefined, repositories: ['acme/absent'], now: Date.now, stop };
    const all = mends(await gathered(examine(needs)));
    expect(all).toContain('acme/absent: GitHub: status 404 → the credential may not');
    expect(all).toContain('git is not installed → install it');
  });

  test('is a command: 78 and what to mend, one line of JSON each when asked', async () => {
    await start();
    const env = {
      GITHUB_TOKEN,
      GITHUB_API_URL: bench.github.url,
      GITHUB_REPOSITORIES: REPO,
      DATA_DIR: join(scratch(), 'd'),
    };
    const text = await keyfuse(['github', 'doctor'], env);
    expect(text.exit).toBe(78);
    expect(text.output).toContain('MEND  WEBHOOK_SECRET is not set\n      → set the secret of the webhook');
    expect(text.output).not.toContain(GITHUB_TOKEN);
    const { output } = await keyfuse(['github', 'doctor', '--json'], env);
    for (const line of output.trim().split('\n')) expect(JSON.parse(line)).toHaveProperty('what');
    expect(existsSync(env.DATA_DIR)).toBe(false);
  }, 60_000);
});

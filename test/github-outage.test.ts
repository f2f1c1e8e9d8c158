import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sample } from '../src/core/sample.ts';
import { type EmulatedGithub, startEmulatedGithub } from '../src/demo/github.ts';
import { type EmulatedWorkos, startEmulatedWorkos } from '../src/demo/workos.ts';
import { scratch } from './support/benches.ts';
import { type DaemonProcess, fresh, startDaemonProcess } from './support/daemon.ts';
import { eventually } from './support/eventually.ts';
import { REPO } from './support/github-bench.ts';

/** The daemon is killed, keys leak on GitHub meanwhile, and it is started again: what webhooks said was lost. */
let workos: EmulatedWorkos;
let github: EmulatedGithub;
let daemon: DaemonProcess | undefined;
const dir = scratch();
const [credential, token, webhookSecret] = [fresh().secret, fresh().secret, fresh().secret];

const value = async (series: string): Promise<number> => {
  const text = await (await fetch(`${daemon?.opsUrl}/metrics`)).text();
  const line = text.split('\n').find((one) => one.startsWith(`${series} `));
  return Number(line?.split(' ')[1]);
};
const start = async (): Promise<void> => {
  daemon = await startDaemonProcess({
    ...{ WORKOS_API_KEY: credential, WORKOS_BASE_URL: workos.url, WEBHOOK_SECRET: webhookSecret },
    ...{ GITHUB_TOKEN: token, GITHUB_API_URL: github.url, GITHUB_RECONCILE_SECONDS: '10', DATA_DIR: join(dir, 'data') },
    ...{ HOME: dir, GITHUB_COMMENT: 'true', GITHUB_PARTNER: 'true' },
  });
  github.setHookUrl(`${daemon.ingressUrl}/api/github/webhooks`);
};
const issue = (name: string) => workos.issueKey({ name, seed: `${dir} ${name}` });
const dead = (keys: readonly { readonly id: string }[]) =>
  eventually('all are dead', () => keys.every(({ id }) => !workos.isLive(id)), 30_000);

beforeAll(async () => {
  workos = await startEmulatedWorkos({ credential });
  github = await startEmulatedGithub({ token, webhookSecret });
  await github.createRepository(REPO);
  await start();
}, 60_000);
afterAll(async () => {
  await daemon?.stop('SIGKILL');
  await Promise.all([workos.close(), github.close()]);
  rmSync(dir, { recursive: true });
});

test('nothing that leaked while it was away is missed, and the books balance', async () => {
  const first = issue('first');
  await github.push(REPO, { commits: [{ message: 'begin', files: { 'a.env': `K=${first.value}\n` } }] });
  await dead([first]);
  await eventually(
    'the repository was swept',
    async () => (await value('keyfuse_github_work_total{source="github-webhook",kind="commit"}')) > 0,
  );
  await eventually(
    'its place is known',
    async () => (await value('keyfuse_github_request_seconds_count{client="urgent",class="2xx"}')) >= 4,
  );
  await daemon?.stop('SIGKILL');

  const keys = ['push', 'replaced', 'comment', 'tag', 'deleted', 'alert', 'fork'].map(issue);
  const [push, replaced, comment, tag, deleted, alert, fork] = keys.map((key) => key.value);
  const file = (name: string, key: string | undefined) => ({ message: name, files: { [`${name}.env`]: `K=${key}\n` } });
  await github.push(REPO, { commits: [file('push', push)] });
  await github.push(REPO, {
    branch: 'topic',
    commits: [{ message: 'b', files: { 'b.txt': 'b\n' } }, file('replaced', replaced)],
  });
  await github.push(REPO, { branch: 'topic', force: true, commits: [{ message: 'clean', files: { 'c.txt': 'c\n' } }] });
  await github.push(REPO, { branch: 'gone', commits: [file('deleted', deleted)] });
  await github.deleteBranch(REPO, 'gone');
  await github.comment(REPO, { issue: 1, body: `use ${comment}` });
  await github.openForkPullRequest(REPO, { title: 't', body: 'b', login: 'mallory', commits: [file('fork', fork)] });
  const tags = [1, 2, 3, 4].map((n) => ({ name: `v${n}`, message: n === 4 ? `with ${tag}` : 'none' }));
  await github.pushTags(REPO, tags);
  const { id: number } = await github.raiseAlert(REPO, { secret: alert ?? '', secretType: 'workos_api_key' });
  expect(github.deliveries().filter(({ status }) => status === 0).length).toBeGreaterThan(5);

  await start();
  await dead(keys);
  const headers = { authorization: `Bearer ${token}` };
  const read = async (path: string) =>
    JSON.parse(await (await fetch(`${github.url}/repos/${REPO}${path}`, { headers })).text());
  await eventually(
    'the alert is closed',
    async () => (await read(`/secret-scanning/alerts/${number}`)).resolution === 'revoked',
  );
  await eventually('the comment is there', async () => (await read('/issues/1/comments')).length === 2);
  await eventually('the books balance', async () => (await value('keyfuse_ledger_imbalance')) === 0);
  expect(await value('keyfuse_github_deliveries_lost_total')).toBe(0);
  expect(await value('keyfuse_github_deliveries_recovered_total{how="read-back"}')).toBeGreaterThan(5);
  const revoked = await value('keyfuse_ledger{state="revoked"}');
  expect(revoked).toBeGreaterThanOrEqual(keys.length + 1);
}, 90_000);

test('the partner programme hears which tokens were real', async () => {
  const live = issue('partner');
  const dead = sample(`${dir} never issued`, live.value.length - 3);
  const leaks = [live.value, `sk_${dead}`].map((leaked) => ({
    ...{ token: leaked, type: 'workos_api_key', url: `https://github.com/${REPO}/blob/main/a.env`, source: 'content' },
  }));
  const { status, body } = await github.sendPartnerLeaks(`${daemon?.ingressUrl}/api/github/secret-scanning`, leaks);
  expect(status).toBe(200);
  const labels: readonly { token_hash: string; label: string }[] = JSON.parse(body);
  const hash = (text: string): string => createHash('sha256').update(text).digest('hex');
  expect(labels.find((one) => one.token_hash === hash(live.value))?.label).toBe('true_positive');
  expect(labels.find((one) => one.token_hash === hash(`sk_${dead}`))?.label).toBe('false_positive');
  expect(body).not.toContain(live.value);
  expect(workos.isLive(live.id)).toBe(false);
}, 60_000);

import { createHash, verify } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Octokit } from '@octokit/rest';
import { sample } from '../src/core/sample.ts';
import { type EmulatedGithub, startEmulatedGithub } from '../src/demo/github.ts';
import { eventually } from './support/eventually.ts';
import {
  GITHUB_SECRET,
  GITHUB_TOKEN,
  quietOctokit,
  type Receiver,
  startReceiver,
  watchAnswers,
} from './support/github.ts';
import { openGithubOpenapi } from './support/github-openapi.ts';

const openapi = openGithubOpenapi();
let github: EmulatedGithub;
let receiver: Receiver;
let octokit: Octokit;
let name = 0;
let at = { owner: 'acme', repo: '' };
let repo = '';
/** What answers have that GitHub's description does not allow. */
let faults: string[];
let now = Date.UTC(2026, 6, 1);

beforeAll(async () => {
  receiver = await startReceiver();
  github = await startEmulatedGithub({
    token: GITHUB_TOKEN,
    webhookSecret: GITHUB_SECRET,
    hookUrl: receiver.url,
    organizations: ['acme'],
    now: () => now,
    check: openapi.requestFaults,
  });
  octokit = quietOctokit(github.url, GITHUB_TOKEN);
  faults = watchAnswers(octokit, openapi);
});
afterAll(async () => {
  receiver.close();
  await github.close();
});
beforeEach(async () => {
  faults.length = 0;
  name += 1;
  at = { owner: 'acme', repo: `app${name}` };
  repo = `acme/app${name}`;
  await github.createRepository(repo);
  receiver.received.length = 0;
});
afterEach(() => {
  expect(faults).toEqual([]);
});

const events = () =>
  receiver.received.map(({ headers, body }) => ({
    event: String(headers['x-github-event']),
    payload: JSON.parse(body.toString()) as Record<string, unknown>,
  }));
/** Waits for the webhooks that a call made, and tells them as `event action`. */
const told = async (count: number): Promise<string[]> => {
  await eventually(`${count} webhooks`, () => receiver.received.length >= count);
  return events().map(({ event, payload }) => `${event} ${payload['action']}`);
};
const refusal = (ask: Promise<unknown>): Promise<number> =>
  ask.then(
    () => 0,
    (error: unknown) => (error as { status: number }).status,
  );

describe('secret scanning', () => {
  const secret = sample('a leaked key', 40);
  const raise = (more: Partial<Parameters<EmulatedGithub['raiseAlert']>[1]> = {}) =>
    github.raiseAlert(repo, { secret, secretType: 'workos_production_api_key', ...more });

  test('an alert is told without its secret, which the API gives', async () => {
    const { made } = await github.push(repo, { commits: [{ message: 'a', files: { '.env': 'KEY=x\n' } }] });
    await github.openIssue(repo, { title: 't', body: 'b' });
    receiver.received.length = 0;
    const locations = [
      { type: 'commit', sha: made[0] ?? '', path: '.env', line: 1 },
      { type: 'issue_body', number: 1 },
      { type: 'discussion_comment', number: 2, id: 3 },
      { type: 'pull_request_review_comment', number: 2, id: 3 },
    ] as const;
    const { id: alert_number } = await raise({ locations, publiclyLeaked: true });
    const location = 'secret_scanning_alert_location created';
    expect((await told(5)).sort()).toEqual(['secret_scanning_alert created', location, location, location, location]);
    expect(receiver.received.some(({ body }) => body.includes(secret))).toBe(false);
    for (const { event, payload } of events())
      expect(openapi.webhookFaults(`${event.replaceAll('_', '-')}-created`, payload)).toEqual([]);
    const { data } = await octokit.rest.secretScanning.getAlert({ ...at, alert_number });
    expect(data).toMatchObject({ secret, state: 'open', publicly_leaked: true, has_more_locations: true });
    expect(data.first_location_detected).toMatchObject({ path: '.env', commit_sha: made[0] });
    const hidden = await octokit.rest.secretScanning.getAlert({ ...at, alert_number, hide_secret: true });
    expect(JSON.stringify(hidden.data)).not.toContain(secret);
    const listed = await octokit.rest.secretScanning.listLocationsForAlert({ ...at, alert_number });
    expect(listed.data.map(({ type }) => type)).toEqual(locations.map(({ type }) => type));
    expect(await refusal(octokit.rest.secretScanning.getAlert({ ...at, alert_number: 9 }))).toBe(404);
  });

  test('lists filter, omit generic types unless they are named, and page by number or by cursor', async () => {
    for (let n = 0; n < 5; n += 1) {
      now += 60_000;
      await raise({ secretType: n === 4 ? 'password' : 'workos_production_api_key' });
    }
    now += 60_000;
    await github.changeAlert(repo, 1, { publiclyLeaked: true });
    const list = async (how: object) => {
      const { data } = await octokit.rest.secretScanning.listAlertsForRepo({ ...at, ...how });
      return data.map(({ number }) => number);
    };
    expect(await list({})).toEqual([4, 3, 2, 1]);
    expect(await list({ secret_type: 'password' })).toEqual([5]);
    expect(await list({ sort: 'updated' })).toEqual([1, 4, 3, 2]);
    expect(await list({ direction: 'asc', per_page: 2, page: 2 })).toEqual([3, 4]);
    expect(await list({ is_publicly_leaked: true })).toEqual([1]);
    expect(await list({ state: 'resolved' })).toEqual([]);
    const first = await octokit.rest.secretScanning.listAlertsForRepo({
      ...at,
      after: '',
      per_page: 3,
      sort: 'updated',
    });
    const next = /<([^>]+)>; rel="next"/.exec(first.headers.link ?? '')?.[1] ?? '';
    expect(first.data.map(({ number }) => number)).toEqual([1, 4, 3]);
    const rest = await octokit.request(next);
    expect((rest.data as { number: number }[]).map(({ number }) => number)).toEqual([2]);
    expect(rest.headers.link).toContain('rel="prev"');
    const org = await octokit.rest.secretScanning.listAlertsForOrg({ org: 'acme', hide_secret: true });
    expect(org.data.map(({ repository }) => repository?.full_name)).toContain(repo);
    expect(JSON.stringify(org.data)).not.toContain(secret);
    expect(await refusal(octokit.rest.secretScanning.listAlertsForOrg({ org: 'octocat' }))).toBe(404);
  });

  test('an alert is closed once, with a comment, and tells who closed it', async () => {
    const { id: alert_number } = await raise();
    const change = (body: object) =>
      octokit.request('PATCH /repos/{owner}/{repo}/secret-scanning/alerts/{alert_number}', {
        ...at,
        alert_number,
        ...body,
      });
    for (const wrong of [{}, { state: 'resolved' }, { state: 'resolved', resolution: 'gone' }, { state: 'shut' }])
      expect(await refusal(change(wrong))).toBe(422);
    receiver.received.length = 0;
    const done = { state: 'resolved', resolution: 'revoked', resolution_comment: 'deleted at its issuer' };
    expect((await change(done)).data).toMatchObject({ ...done, resolved_by: { login: 'octocat' } });
    await change({ ...done, resolution_comment: 'said again' });
    expect(await told(1)).toEqual(['secret_scanning_alert resolved']);
    const { payload } = events()[0] ?? {};
    expect(payload).toMatchObject({ sender: { login: 'octocat' }, alert: { resolution: 'revoked' } });
    expect(openapi.webhookFaults('secret-scanning-alert-resolved', payload)).toEqual([]);
    expect((await change({ validity: 'inactive' })).data).toMatchObject(done);
    expect((await change({ state: 'open' })).data).toMatchObject({ state: 'open', resolution: null });
    await github.changeAlert(repo, alert_number, { validity: 'active', resolution: 'wont_fix', login: 'hubot' });
    expect((await told(4)).slice(1)).toEqual([
      'secret_scanning_alert reopened',
      'secret_scanning_alert validated',
      'secret_scanning_alert resolved',
    ]);
  });

  test('where dismissals are delegated, a close is refused', async () => {
    for (const delegatedDismissal of [403, 422] as const) {
      const strict = await startEmulatedGithub({
        token: GITHUB_TOKEN,
        webhookSecret: GITHUB_SECRET,
        delegatedDismissal,
      });
      await strict.createRepository('acme/app');
      const { id: alert_number } = await strict.raiseAlert('acme/app', { secret, secretType: 'workos_api_key' });
      const to = { owner: 'acme', repo: 'app', alert_number, state: 'resolved', resolution: 'revoked' } as const;
      const ask = quietOctokit(strict.url, GITHUB_TOKEN).rest.secretScanning.updateAlert(to);
      expect(await refusal(ask)).toBe(delegatedDismissal);
      await strict.close();
    }
  });
});

describe('calls that GitHub does not describe', () => {
  const ask = async (method: string, path: string, body?: object) => {
    const how = { method, headers: { authorization: `Bearer ${GITHUB_TOKEN}` } };
    const response = await fetch(
      `${github.url}/repos/${repo}${path}`,
      body ? { ...how, body: JSON.stringify(body) } : how,
    );
    return `${response.status} ${await response.text()}`;
  };

  test('are answered with what is wrong', async () => {
    await github.raiseAlert(repo, { secret: sample('s', 30), secretType: 'workos_api_key' });
    expect(await ask('GET', '/secret-scanning/alerts?per_page=2&after=&hide_secret=true')).toMatch(/^200/);
    expect(await ask('GET', '/secret-scanning/alerts?sort=newest')).toMatch(/^422.*sort/s);
    expect(await ask('GET', '/secret-scanning/alerts?perpage=2')).toMatch(/^422.*perpage/s);
    expect(await ask('GET', '/secret-scanning/alerts/first')).toMatch(/^422.*alert_number/s);
    const patch = (body: object) => ask('PATCH', '/secret-scanning/alerts/1', body);
    expect(await patch({ state: 'resolved', resolution: 'gone' })).toMatch(/^422.*resolution/s);
    expect(await patch({ resolution: 'revoked' })).toMatch(/^422/);
    expect(await ask('PATCH', '/secret-scanning/alerts/1')).toMatch(/^422.*requestBody/s);
    expect(await ask('POST', '/issues/1/comments', { text: 'x' })).toMatch(/^422.*body/s);
    expect(await ask('GET', '/contents/a/b?ref=main')).toMatch(/^404/);
    expect(await ask('GET', '/hooks/1/deliveries?status=bogus')).toMatch(/^422.*status/s);
  });
});

test('answers and webhooks that are not as GitHub describes them are seen', () => {
  expect(openapi.answerFaults('GET /repos/{owner}/{repo}/comments', 200, [])).toEqual([]);
  expect(openapi.answerFaults('GET /repos/{owner}/{repo}/comments', 200, [{}])).not.toEqual([]);
  expect(openapi.answerFaults('GET /repos/{owner}/{repo}/comments', 202, [])).not.toEqual([]);
  expect(openapi.answerFaults('GET /nothing', 200, {})).not.toEqual([]);
  expect(openapi.webhookFaults('push', { ref: 'refs/heads/main' })).not.toEqual([]);
  expect(openapi.webhookFaults('nothing', {})).not.toEqual([]);
});

describe('the partner programme', () => {
  test('signs with keys that it publishes, and turns them over', async () => {
    const keys = async (headers: Record<string, string> = {}) => {
      const response = await fetch(`${github.url}/meta/public_keys/secret_scanning`, { headers });
      const etag = response.headers.get('etag') ?? '';
      return { status: response.status, etag, text: await response.text() };
    };
    const read = async () =>
      (
        JSON.parse((await keys()).text) as {
          public_keys: { key_identifier: string; key: string; is_current: boolean }[];
        }
      ).public_keys;
    const [first] = await read();
    expect(
      createHash('sha256')
        .update(first?.key ?? '')
        .digest('hex'),
    ).toBe(first?.key_identifier);
    const { etag } = await keys();
    expect((await keys({ 'if-none-match': etag })).status).toBe(304);
    const leaks = [
      { token: sample('leaked', 30), type: 'workos_api_key', url: 'https://github.com/a/b', source: 'content' },
    ];
    const sent = async (how: Parameters<EmulatedGithub['sendPartnerLeaks']>[2] = {}) => {
      receiver.received.length = 0;
      expect(await github.sendPartnerLeaks(receiver.url, leaks, how)).toEqual({ status: 204, body: '' });
      const { headers, body } = receiver.received[0] ?? { headers: {}, body: Buffer.alloc(0) };
      const id = String(headers['github-public-key-identifier']);
      const key = (await read()).find(({ key_identifier: known }) => known === id)?.key ?? '';
      const signature = Buffer.from(String(headers['github-public-key-signature']), 'base64');
      return { id, body, right: verify('sha256', body, key, signature) };
    };
    expect(await sent()).toMatchObject({ id: first?.key_identifier, right: true });
    expect(JSON.parse((await sent()).body.toString())).toEqual(leaks);
    expect((await sent({ tamper: (body) => Buffer.concat([body, Buffer.from('\n')]) })).right).toBe(false);
    const second = github.rotatePartnerKey();
    expect(await sent()).toMatchObject({ id: second, right: true });
    expect(await sent({ oldKey: true })).toMatchObject({ id: first?.key_identifier, right: true });
    expect((await read()).map(({ is_current: current }) => current)).toEqual([false, true]);
    expect((await keys({ 'if-none-match': etag })).status).toBe(200);
  });
});

describe('comments', () => {
  test('on an issue are written, changed, listed and deleted, each with its webhook', async () => {
    await github.openIssue(repo, { title: 't', body: 'b' });
    receiver.received.length = 0;
    const { data } = await octokit.rest.issues.createComment({ ...at, issue_number: 1, body: 'one' });
    const comment_id = data.id;
    expect(data).toMatchObject({ body: 'one', user: { login: 'octocat' } });
    await told(1);
    now += 5000;
    const changed = await octokit.rest.issues.updateComment({ ...at, comment_id, body: 'two' });
    expect(changed.data.updated_at > data.updated_at).toBe(true);
    await told(2);
    await octokit.rest.issues.createComment({ ...at, issue_number: 1, body: 'three' });
    const since = changed.data.updated_at;
    const bodies = async (how: object) =>
      (await octokit.rest.issues.listComments({ ...at, issue_number: 1, ...how })).data.map(({ body }) => body);
    expect(await bodies({})).toEqual(['two', 'three']);
    expect(await bodies({ per_page: 1, page: 2 })).toEqual(['three']);
    expect((await octokit.rest.issues.listCommentsForRepo({ ...at, since })).data).toHaveLength(2);
    expect((await octokit.rest.issues.getComment({ ...at, comment_id })).data.body).toBe('two');
    await octokit.rest.issues.deleteComment({ ...at, comment_id });
    expect(await refusal(octokit.rest.issues.getComment({ ...at, comment_id }))).toBe(404);
    expect(await told(4)).toEqual([
      'issue_comment created',
      'issue_comment edited',
      'issue_comment created',
      'issue_comment deleted',
    ]);
    expect(events()[1]?.payload).toMatchObject({ changes: { body: { from: 'one' } }, comment: { body: 'two' } });
    expect(await refusal(octokit.rest.issues.createComment({ ...at, issue_number: 9, body: 'x' }))).toBe(404);
    expect(await refusal(octokit.rest.issues.createComment({ ...at, issue_number: 1, body: '' }))).toBe(422);
    github.limit('secondary', 1, { route: 'issue_comment_create' });
    expect(await refusal(octokit.rest.issues.createComment({ ...at, issue_number: 1, body: 'x' }))).toBe(403);
  });

  test('on a commit tell no edit', async () => {
    const { after: commit_sha } = await github.push(repo, { commits: [{ message: 'a', files: { a: '1' } }] });
    receiver.received.length = 0;
    const { data } = await octokit.rest.repos.createCommitComment({ ...at, commit_sha, body: 'one' });
    await octokit.rest.repos.updateCommitComment({ ...at, comment_id: data.id, body: 'two' });
    const listed = await octokit.rest.repos.listCommentsForCommit({ ...at, commit_sha });
    expect(listed.data.map(({ body }) => body)).toEqual(['two']);
    expect((await octokit.rest.repos.listCommitCommentsForRepo(at)).data).toEqual(listed.data);
    await github.deliver('ping', {});
    expect(await told(2)).toEqual(['commit_comment created', 'ping undefined']);
    const away = { ...at, commit_sha: '1'.repeat(40), body: 'x' };
    expect(await refusal(octokit.rest.repos.createCommitComment(away))).toBe(422);
  });
});

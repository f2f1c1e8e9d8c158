import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sample } from '../../src/core/sample.ts';
import { type EmulatedGithub, startEmulatedGithub } from '../../src/demo/github.ts';
import { type EmulatedWorkos, startEmulatedWorkos } from '../../src/demo/workos.ts';
import { type DaemonProcess, fresh, keyfuse, startDaemonProcess } from '../support/daemon.ts';
import { eventually } from '../support/eventually.ts';

/** What a topic adds to the story: its settings, and every byte that went through it. */
export interface Ground {
  readonly env: Record<string, string>;
  topicBytes(): Promise<readonly Buffer[]>;
}

const REPOSITORY = 'octo/shop';

/** Every form in which a key could stand somewhere unnoticed. */
const formsOf = (key: string): readonly string[] => [
  key,
  key.slice(3),
  encodeURIComponent(key),
  Buffer.from(key).toString('hex'),
  // The base64 of a text that contains it, at each of the three alignments, without the ends that neighbours change.
  ...[0, 1, 2].map((shift) =>
    Buffer.from(' '.repeat(shift) + key)
      .toString('base64')
      .slice(4, -4),
  ),
];

const filesBelow = async (dir: string): Promise<readonly string[]> =>
  (await readdir(dir, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

/** The promise of the product, end to end, on one kind of topic: a daemon of its own process, real HTTP, git and files. */
export const pipeline = (name: string, prepare: () => Promise<Ground>) => {
  describe(`end to end on ${name}`, () => {
    let workos: EmulatedWorkos;
    let github: EmulatedGithub;
    let daemon: DaemonProcess;
    let ground: Ground;
    let dir = '';
    let env: Record<string, string> = {};
    const planted: { id: string; value: string }[] = [];
    const answers: string[] = [];

    const issue = (name: string, prefix?: string) => {
      const key = workos.issueKey({ name, ...(prefix && { prefix }), seed: `${dir} ${planted.length}` });
      planted.push(key);
      return key;
    };
    const metrics = async () => (await fetch(`${daemon.opsUrl}/metrics`)).text();
    const value = async (series: string) =>
      Number(
        (await metrics())
          .split('\n')
          .find((line) => line.startsWith(`${series} `))
          ?.split(' ')[1],
      );
    const post = async (path: string, body: string, headers: Record<string, string>) => {
      const response = await fetch(`${daemon.ingressUrl}${path}`, { method: 'POST', body, headers });
      answers.push(await response.text());
      return response.status;
    };
    const dead = (id: string) => eventually(`${id} to be dead`, () => !workos.isLive(id));
    const incidents = async () => {
      const { output } = await keyfuse(['incidents', 'list', '--json'], env);
      return output
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
    };

    beforeAll(async () => {
      dir = await mkdtemp(join(tmpdir(), 'keyfuse-e2e-'));
      ground = await prepare();
      const [credential, token, webhook] = [fresh().secret, fresh().secret, fresh().secret];
      workos = await startEmulatedWorkos({ credential });
      github = await startEmulatedGithub({ token, webhookSecret: webhook });
      await github.createRepository(REPOSITORY);
      await writeFile(join(dir, 'app.log'), '');
      env = {
        ...{ WORKOS_API_KEY: credential, WORKOS_BASE_URL: workos.url, WEBHOOK_SECRET: webhook, GITHUB_TOKEN: token },
        ...{
          GITHUB_API_URL: github.url,
          GITHUB_COMMENT: 'true',
          LOG_FILES: join(dir, 'app.log'),
          LOG_STDIN: 'true',
          DATA_DIR: join(dir, 'data'),
        },
        ...{
          LOG_LEVEL: 'trace',
          FINGERPRINT_KEY: fresh().key,
          SEAL_KEYS: `one:${fresh().key}`,
          HOME: dir,
          USER: 'tester',
        },
        ...ground.env,
      };
      planted.push(
        { id: 'our own', value: credential },
        { id: 'token', value: token },
        { id: 'secret', value: webhook },
      );
      daemon = await startDaemonProcess(env);
      github.setHookUrl(`${daemon.ingressUrl}/api/github/webhooks`);
    }, 300_000);

    afterAll(async () => {
      await daemon?.stop('SIGKILL');
      await Promise.all([workos?.close(), github?.close()]);
      await rm(dir, { recursive: true, force: true });
    });

    test('a key in a commit that the next one removed', async () => {
      const { id, value } = issue('push');
      const commits = [
        { message: 'settings', files: { 'a.env': `K=${value}\n` } },
        { message: 'oops', files: { 'a.env': 'K=\n' } },
      ];
      expect((await github.push(REPOSITORY, { commits })).delivery?.status).toBeLessThan(300);
      await dead(id);
    });

    test('the key of a secret scanning alert, which is closed once it is dead', async () => {
      const { id, value } = issue('alert');
      const { id: number } = await github.raiseAlert(REPOSITORY, { secret: value, secretType: 'workos_api_key' });
      await dead(id);
      const path = `${github.url}/repos/${REPOSITORY}/secret-scanning/alerts/${number}`;
      const headers = { authorization: `Bearer ${env['GITHUB_TOKEN']}` };
      await eventually('it is closed as revoked', async () => {
        const alert = JSON.parse(await (await fetch(path, { headers })).text());
        return alert.resolution === 'revoked' && !JSON.stringify(alert.resolution_comment).includes(value);
      });
    });

    test('a key in the name of a file that holds another', async () => {
      const [name, inside] = [issue('name'), issue('inside')];
      const files = { [`keys/${name.value}.txt`]: `of ${inside.value}\n` };
      await github.push(REPOSITORY, { commits: [{ message: 'x', files }] });
      for (const { id } of [name, inside]) await dead(id);
    });

    test('a key in a comment, and one in the text before an edit', async () => {
      const [first, second] = [issue('comment'), issue('edited')];
      const said = await github.comment(REPOSITORY, { issue: 1, body: `see ${first.value}` });
      await dead(first.id);
      github.setHookUrl(undefined); // the comment as it was first never reaches us
      const { id } = await github.comment(REPOSITORY, { issue: 1, body: `see "${second.value}"` });
      github.setHookUrl(`${daemon.ingressUrl}/api/github/webhooks`);
      await github.editComment(REPOSITORY, { id, body: 'never mind' });
      await dead(second.id);
      expect(said.delivery?.status).toBeLessThan(300);
    });

    test('a key in a followed file, cut in two by the writer', async () => {
      const { id, value } = issue('file');
      await appendFile(join(dir, 'app.log'), `{"auth":"Bearer ${value.slice(0, 20)}`);
      await new Promise((resolve) => setTimeout(resolve, 300));
      await appendFile(join(dir, 'app.log'), `${value.slice(20)}"}\n`);
      await dead(id);
    });

    test('a key on standard input, and keys posted as logs', async () => {
      const [piped, text, ndjson] = [issue('stdin'), issue('text'), issue('ndjson')];
      daemon.input.write(`level=error token=${piped.value}\n`);
      expect(await post('/logs', `GET /?key=${text.value} 200\n`, { 'content-type': 'text/plain' })).toBeLessThan(300);
      const line = JSON.stringify({ msg: JSON.stringify({ key: ndjson.value }) });
      expect(await post('/logs', `${line}\n`, { 'content-type': 'application/x-ndjson' })).toBeLessThan(300);
      for (const { id } of [piped, text, ndjson]) await dead(id);
    });

    test('what is no WorkOS customer key is never sent, and an environment key waits for a person', async () => {
      const stripe = `sk_live_${sample(`${dir} stripe`, 24)}`;
      const ulid = sample(`${dir} ulid`, 24, '0123456789ABCDEFGHJKMNPQRSTVWXYZ');
      const environment = `sk_live_${Buffer.from(`key_01${ulid},${sample(dir, 25)}`)
        .toString('base64')
        .replace(/=+$/, '')}`;
      planted.push({ id: 'stripe', value: stripe }, { id: 'environment', value: environment });
      await post('/logs', `${stripe} ${environment} our own: ${env['WORKOS_API_KEY']}\n`, {
        'content-type': 'text/plain',
      });
      await eventually('the environment key to be held', async () =>
        (await incidents()).some(({ why }) => why === 'critical'),
      );
      const { createHash } = await import('node:crypto');
      const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
      for (const never of [stripe, environment, env['WORKOS_API_KEY'] ?? ''])
        expect(workos.sentValues()).not.toContain(sha256(never));
      expect(workos.refusedCredentials().size).toBe(0);
    });

    test('bad input: forged, giant and malformed bodies are refused and counted, and an answer that echoes the key is harmless', async () => {
      const { id, value: key } = issue('echo');
      const json = { 'content-type': 'application/json', 'x-github-event': 'issues', 'x-github-delivery': 'g1' };
      const forged = { ...json, 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` };
      expect(await post('/api/github/webhooks', JSON.stringify({ key }), forged)).toBe(401);
      expect(await post('/api/github/webhooks', JSON.stringify({ key }), json)).toBe(401);
      const giant = await fetch(`${daemon.ingressUrl}/api/github/webhooks`, {
        method: 'POST',
        headers: forged,
        body: Buffer.alloc(26 << 20),
      }).then(
        ({ status }) => status,
        () => 413, // refused before it was sent whole
      );
      expect(giant).toBe(413);
      expect(
        await value('keyfuse_source_events_total{source="github-webhook",outcome="bad_signature"}'),
      ).toBeGreaterThanOrEqual(2);
      workos.inject(
        { kind: 'status', status: 500, body: { message: `no idea what ${key} is` } } as never,
        { times: 2 } as never,
      );
      await post('/logs', `x ${key}\n`, { 'content-type': 'text/plain' });
      await dead(id);
    });

    test('the books balance, every alarm is told, and the daemon is ready', async () => {
      await eventually('nothing in flight', async () => (await value('keyfuse_ledger{state="in_flight"}')) === 0);
      await eventually('the books to balance', async () => (await value('keyfuse_ledger_imbalance')) === 0);
      expect(await value('keyfuse_ledger{state="revoked"}')).toBeGreaterThanOrEqual(7);
      if (ground.env['KAFKA_BROKERS'])
        await eventually('others to be told', async () => {
          const told = await value('keyfuse_notifications_total{channel="revocation-topic",result="sent"}');
          return told >= 7;
        });
      expect(await value('keyfuse_metrics_errors_total')).toBe(0);
      expect(await value('keyfuse_live_keys_unrevoked{issuer="workos"}')).toBe(0);
      const ready = await fetch(`${daemon.opsUrl}/readyz`);
      expect([ready.status, (await fetch(`${daemon.opsUrl}/healthz`)).status]).toEqual([200, 200]);
    });

    test('SIGTERM ends it cleanly, and the journal is whole', async () => {
      answers.push(await metrics());
      expect(await daemon.stop('SIGTERM')).toBe(0);
      const { exit, output } = await keyfuse(['audit', 'verify', '--json'], env);
      expect({ exit, ...JSON.parse(output) }).toMatchObject({ exit: 0, ok: true, gaps: 0 });
      const journal = await readFile(join(dir, 'data', 'audit', 'journal.jsonl'), 'utf8');
      const of = (what: string) => journal.split('\n').filter((line) => line.includes(`"what":"${what}"`)).length;
      expect(of('revocation.intended')).toBeGreaterThanOrEqual(8);
      expect(of('revocation.intended')).toBe(workos.stats().calls.delete);
    });

    test('no planted key stands anywhere: not in logs, metrics, answers, files, or bytes of the topic', async () => {
      answers.push(
        (await keyfuse(['incidents', 'list', '--json'], env)).output,
        (await keyfuse(['config', 'print'], env)).output,
      );
      answers.push((await keyfuse(['parked', 'list', '--json'], env)).output);
      const places: [string, Buffer][] = [
        ['output', Buffer.from(daemon.output())],
        ['answers', Buffer.from(answers.join('\n'))],
      ];
      for (const file of await filesBelow(join(dir, 'data'))) places.push([file, await readFile(file)]);
      for (const bytes of await ground.topicBytes()) places.push(['the topic', bytes]);
      expect(daemon.output().length).toBeGreaterThan(2_000);
      expect(places.length).toBeGreaterThan(4);
      const found = planted.flatMap(({ id, value }) =>
        formsOf(value).flatMap((form, at) =>
          places.filter(([, bytes]) => bytes.includes(form)).map(([place]) => `${id}, form ${at}: ${place}`),
        ),
      );
      expect(found).toEqual([]);
    });
  });
};

import { createSecretKey, randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { detectorSettings, detectors as registry } from '../detectors/index.ts';
import { createFingerprint } from '../src/core/candidate.ts';
import { systemClock as clock } from '../src/core/clock.ts';
import { sample } from '../src/core/sample.ts';
import { Secret } from '../src/core/secret.ts';
import { signatureOf } from '../src/demo/github/parcel.ts';
import { startEmulatedGithub } from '../src/demo/github.ts';
import { createScanner } from '../src/scan/scan.ts';
import { createGithub } from '../src/sources/index.ts';
import { openStore } from '../src/store.ts';
import { githubRoom } from '../test/support/github-room.ts';
import { startIngress } from '../test/support/ingress.ts';
import { helpIfAsked } from './help.ts';
import { percentile } from './numbers.ts';
import { startReplay } from './replay.ts';
import { openStage } from './stage.ts';

const METHOD = `Push: 100 commits of 10 files each, a key in the first and in the last commit; an emulated GitHub whose
answers were asked for beforehand and are given after 20 ms each; the source, its work list and the scanner here too, without topic and responder. From the sending of
the webhook to the first and the last finding, and the calls that it took. Webhooks: a daemon on the embedded topic in a process of
its own; comments of 25 KB at 200 a second, whether or not the ones before were answered, each on a kept-alive connection, while
another sender POSTs 4 MB/s of logs. Milliseconds until the
answer; the first three seconds are not counted.`;

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const REPO = 'acme/app';
/** Deliveries that are not counted: the daemon has just started. */
const WARM = 600;

const makeKey = (): string => {
  const [key = ''] =
    registry(detectorSettings.parse({}))
      .find(({ id }) => id === 'workos-customer-key')
      ?.examples().ours ?? [];
  return key;
};

const measurePush = async (rounds: number): Promise<void> => {
  const dir = await mkdtemp(join(tmpdir(), 'keyfuse-bench-'));
  const [token, secret] = [randomBytes(24).toString('hex'), randomBytes(24).toString('hex')];
  const github = await startEmulatedGithub({ token, webhookSecret: secret });
  const ingress = await startIngress();
  const store = openStore(join(dir, 'db'));
  const record = async (): Promise<void> => undefined;
  const replay = await startReplay(github.url, token);
  const client = createGithub({ baseUrl: replay.url, token: new Secret(token), clock });
  const room = githubRoom({ ingress, store, clock, record, github: client, secrets: [new Secret(secret)] });
  const fingerprint = createFingerprint(createSecretKey(randomBytes(32)));
  const scanner = createScanner({ detectors: registry(detectorSettings.parse({})), fingerprint, record });
  const found: { readonly at: number }[] = [];
  const stop = new AbortController();
  const running = room.run(async (fragment) => {
    for (const _ of scanner.scan(fragment)) found.push({ at: Date.now() });
  }, stop.signal);
  await github.createRepository(REPO);
  await github.push(REPO, { commits: [{ message: 'begin', files: { 'a.txt': 'a\n' } }] });
  const rows: { first: number; last: number; calls: number }[] = [];
  for (let round = 0; round < rounds; round += 1) {
    github.setHookUrl(undefined);
    const { made, payload } = await github.push(REPO, { commits: commitsOf(round) });
    for (const sha of made) await replay.learn(`/repos/${REPO}/commits/${sha}`);
    github.setHookUrl(`${ingress.url}/api/github/webhooks`);
    found.length = 0;
    const before = replay.calls();
    const sent = Date.now();
    await github.deliver('push', payload);
    while (room.waiting() > 0) await clock.sleep(5);
    const times = found.map(({ at }) => at - sent);
    rows.push({ first: Math.min(...times), last: Math.max(...times), calls: replay.calls() - before });
  }
  const median = (pick: (row: (typeof rows)[number]) => number): number => percentile(rows.map(pick), 0.5);
  say(
    `push of 100 commits × 10 files, medians of ${rounds}: first finding ${median((r) => r.first)} ms, last ${median((r) => r.last)} ms,`,
  );
  say(`calls ${median((r) => r.calls)} (goal: first < 1,000 ms; at most 101 calls)`);
  stop.abort();
  await running;
  await Promise.all([github.close(), replay.close(), ingress.close(), store.close()]);
  rmSync(dir, { recursive: true });
};

const commitsOf = (round: number) =>
  Array.from({ length: 100 }, (_, commit) => ({
    message: `commit ${round} ${commit}`,
    files: Object.fromEntries(
      Array.from({ length: 10 }, (_, file) => {
        const key = file === 5 && (commit === 0 || commit === 99) ? `K=${makeKey()}\n` : '';
        const lines = Array.from(
          { length: 20 },
          (_, line) => `line ${line} ${sample(`${round} ${commit} ${file} ${line}`, 30)}\n`,
        );
        return [`r${round}/c${commit}/f${file}.txt`, `${lines.join('')}${key}`];
      }),
    ),
  }));

const measureWebhooks = async (seconds: number): Promise<void> => {
  await using stage = await openStage(
    { topic: 'embedded', brokers: [], profile: undefined },
    { concurrency: 64, issuerMs: 0 },
  );
  const url = await stage.start();
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const post = (path: string, body: Buffer, headers: Record<string, string>): Promise<number> =>
    new Promise((resolve) => {
      const call = request(`${url}${path}`, {
        method: 'POST',
        agent,
        headers: { ...headers, 'content-length': `${body.length}` },
      });
      call.on('response', (answer) => answer.resume().on('end', () => resolve(answer.statusCode ?? 0)));
      call.on('error', () => resolve(0));
      call.end(body);
    });
  let over = false;
  let logged = 0;
  const logs = Buffer.from(
    Array.from({ length: 10_000 }, (_, i) => `2026-11-28T10:00:00Z level=info ${sample(`l ${i}`, 60)}\n`).join(''),
  );
  const logging = (async () => {
    while (!over) {
      const next = clock.sleep(logs.length / 4_000);
      await post('/logs', logs, { 'content-type': 'text/plain' });
      logged += logs.length;
      await next;
    }
  })();
  const bodies = Array.from({ length: 200 }, (_, i) => deliveryOf(i));
  const times: number[] = [];
  const statuses = new Map<number, number>();
  const under: Promise<void>[] = [];
  const begun = performance.now();
  for (let n = 0; n < WARM + seconds * 200; n += 1) {
    await clock.sleep(Math.max(0, begun + n * 5 - performance.now()));
    const body = bodies[n % bodies.length] ?? Buffer.alloc(0);
    const headers = {
      ...{ 'content-type': 'application/json', 'x-github-event': 'issue_comment', 'x-github-delivery': `${n}` },
      'x-hub-signature-256': signatureOf(stage.webhookSecret, body),
    };
    const sent = performance.now();
    under.push(
      post('/api/github/webhooks', body, headers).then((status) => {
        if (n >= WARM) times.push(performance.now() - sent);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }),
    );
  }
  await Promise.all(under);
  const rate = under.length / ((performance.now() - begun) / 1_000);
  over = true;
  await logging;
  agent.destroy();
  const [p50, p99] = [percentile(times, 0.5), percentile(times, 0.99)].map((ms) => ms.toFixed(1));
  const scanned = (logged / seconds / 1e6).toFixed(1);
  say(
    `webhooks of 25 KB, ${rate.toFixed(0)} /s for ${seconds} s while ${scanned} MB/s of logs are scanned: p50 ${p50} ms, p99 ${p99} ms`,
  );
  say(`answers: ${[...statuses].map(([status, n]) => `${n} × ${status}`).join(', ')} (goal: p99 < 250 ms)`);
};

const deliveryOf = (n: number): Buffer => {
  const words = Array.from({ length: 560 }, (_, i) => sample(`${n} ${i}`, 40)).join(' ');
  const comment = { body: `comment ${n} ${words}`, html_url: 'https://example.test/7#c' };
  const issue = { number: 7, title: 'a title', body: null, html_url: 'https://example.test/7' };
  return Buffer.from(
    JSON.stringify({ action: 'created', issue, comment, repository: { full_name: REPO }, sender: { login: 'mona' } }),
  );
};

helpIfAsked('npm run bench:github -- [--quick]', METHOD);
const quick = process.argv.includes('--quick');
say(METHOD);
await measurePush(quick ? 1 : 5);
await measureWebhooks(quick ? 3 : 20);

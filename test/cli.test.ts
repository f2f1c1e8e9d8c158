import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sample } from '../src/core/sample.ts';
import { startEmulatedWorkos } from '../src/demo/workos.ts';
import { fresh, keyfuse, runScript, startDaemonProcess } from './support/daemon.ts';
import { eventually } from './support/eventually.ts';

let dir = '';
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'keyfuse-cli-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const key = sample('cli', 43);
const secret = `sk_${key}`;

describe('keyfuse', () => {
  test('--help teaches; --version is the package’s', async () => {
    const help = await keyfuse(['--help'], {});
    expect(help.exit).toBe(0);
    for (const word of ['run', 'scan', 'demo', 'audit', 'parked', 'incidents', 'config', 'Exit codes', 'Examples'])
      expect(help.output).toContain(word);
    expect((await keyfuse(['--version'], {})).output).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect((await keyfuse(['parked', 'redrive', '--help'], {})).output).toContain('--why');
  });

  test('an older Node is told, not met with a riddle', async () => {
    const without = 'import m from "node:module"; delete m.enableCompileCache; m.syncBuiltinESMExports()';
    const old = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(without)}` };
    const { exit, output } = await keyfuse(['scan', '.'], old);
    expect({ exit, output }).toMatchObject({ exit: 78, output: expect.stringContaining('24.4 or later is needed') });
  });

  test.each([[['nonsense']], [['run', '--role', 'boss']], [['parked', 'redrive']], [['scan', '--format', 'xml']]])(
    '%j is wrong usage: exit 2 and a way on',
    async (args) => {
      const { exit, output } = await keyfuse(args, {});
      expect({ exit, output }).toMatchObject({ exit: 2, output: expect.stringContaining('--help') });
    },
  );

  test('a configuration with faults: all of them by name, exit 78, no value', async () => {
    const file = join(dir, 'bad.yaml');
    await writeFile(file, `workos:\n  apiKey: ${secret}\npolicy:\n  mode: kill\nhttp:\n  prot: 1\n`);
    const { exit, output } = await keyfuse(['run', '--config', file], { PORT: 'eighty' });
    expect(exit).toBe(78);
    for (const name of [
      'workos.apiKey',
      'policy.mode',
      'http.prot',
      'http.port (PORT)',
      'github.webhookSecret (WEBHOOK_SECRET)',
    ])
      expect(output).toContain(name);
    expect(output).not.toContain(key);
    expect(output).not.toContain('eighty');
  });

  test('a mistyped variable of ours is told: its default would delete', async () => {
    const env = { WORKOS_API_KEY: secret, WEBHOOK_SECRET: key, KEYFUSE_MODE: 'hold', KEYFUSE_PORT_80_TCP: 'x' };
    expect((await keyfuse(['config', 'check'], env)).output).not.toContain('warning');
    const { exit, output } = await keyfuse(['config', 'check'], { ...env, KEYFUSE_MOD: 'watch' });
    expect({ exit, output }).toMatchObject({ exit: 0, output: expect.stringContaining('KEYFUSE_MOD is no setting') });
    // Others have such variables too: only what nearly is one of ours is told.
    const logs = { LOG_ONLOSS: 'exit', SYSLOG_TPC: 'x', LOG_DIR: 'x', SYSLOG_IDENT: 'x' };
    const told = (await keyfuse(['config', 'check'], { ...env, ...logs })).output;
    expect([...told.matchAll(/(\w+) is no setting/g)].map(([, name]) => name)).toEqual(['LOG_ONLOSS', 'SYSLOG_TPC']);
  });

  test('config print shows what is in force, and no secret', async () => {
    const hook = { NOTIFY_WEBHOOK_URL: `https://hooks.example.com/services/${key}?to=${key}` };
    const env = { WORKOS_API_KEY: secret, WEBHOOK_SECRET: key, KEYFUSE_MODE: 'watch', ...hook };
    const { exit, output } = await keyfuse(['config', 'print'], env);
    expect(exit).toBe(0);
    expect(output).toMatch(/policy\.mode +KEYFUSE_MODE +"watch"/);
    expect(output).toMatch(/notify\.url +NOTIFY_WEBHOOK_URL +"https:\/\/hooks\.example\.com\/…"/);
    expect(output).toMatch(/github\.apiUrl +GITHUB_API_URL +"https:\/\/api\.github\.com"/);
    expect(output).not.toContain(key);
    expect((await keyfuse(['config', 'check'], env)).exit).toBe(0);
  });

  test('an entry of the policy that expired is told at the check and at the start, and stops neither', async () => {
    const file = join(dir, 'expired.yaml');
    const entry = { owner: 'org_1', reason: 'planted', expires: '2020-01-31' };
    await writeFile(file, JSON.stringify({ policy: { canaries: [entry] } }));
    const env = { WORKOS_API_KEY: secret, WEBHOOK_SECRET: key, DATA_DIR: join(dir, 'expired'), KEYFUSE_CONFIG: file };
    const warning = 'keyfuse: warning: policy.canaries.0 expired on 2020-01-31';
    const { exit, output } = await keyfuse(['config', 'check'], env);
    expect({ exit, output }).toMatchObject({ exit: 0, output: expect.stringContaining(warning) });
    const daemon = await startDaemonProcess(env);
    expect(daemon.output()).toContain(warning);
    expect(await daemon.stop('SIGTERM')).toBe(0);
  });

  test.each(['/proc/nope', '/proc/self/nope/data', '/dev/null/data'])(
    'a data directory that cannot be (%s) names the setting, exit 78, at once',
    async (DATA_DIR) => {
      const env = { WORKOS_API_KEY: secret, WEBHOOK_SECRET: key, PORT: '0', OPS_PORT: '0', DATA_DIR };
      const { exit, output } = await keyfuse(['run'], env);
      expect({ exit, output }).toMatchObject({ exit: 78, output: expect.stringContaining('DATA_DIR') });
    },
  );

  test('a port that is taken names the setting, exit 78', async () => {
    const env = { WORKOS_API_KEY: secret, WEBHOOK_SECRET: key, DATA_DIR: join(dir, 'port1') };
    const daemon = await startDaemonProcess(env);
    const port = new URL(daemon.ingressUrl).port;
    const { exit, output } = await keyfuse(['run'], {
      ...env,
      DATA_DIR: join(dir, 'port2'),
      PORT: port,
      OPS_PORT: '0',
    });
    expect({ exit, output }).toMatchObject({ exit: 78, output: expect.stringContaining('PORT') });
    const second = await keyfuse(['run'], { ...env, PORT: '0', OPS_PORT: '0' });
    expect({ exit: second.exit, output: second.output }).toMatchObject({
      exit: 78,
      output: expect.stringContaining('locked'),
    });
    expect(await daemon.stop('SIGINT')).toBe(0);
    const said = [...daemon.output().matchAll(/"fact":"(daemon\.\w+)"/g)].map(([, name]) => name);
    expect(said).toEqual(['daemon.started', 'daemon.stopping', 'daemon.stopped']);
  });
});

describe('questions about the data of a daemon', () => {
  test.each([[['incidents', 'list']], [['incidents', 'show', 'inc_0']], [['audit', 'verify']]])(
    '%j in a folder without any: exit 2, the folder is named, and nothing is made',
    async (args) => {
      const wrong = join(dir, 'typo');
      const asked = await keyfuse([...args, '--data-dir', wrong], {});
      expect(asked).toMatchObject({ exit: 2, output: expect.stringContaining(wrong) });
      expect(existsSync(wrong)).toBe(false);
    },
  );

  test('the data directory of the settings is the one they look in', async () => {
    const dataDir = join(dir, 'port1');
    const file = join(dir, 'where.yaml');
    await writeFile(file, `dataDir: ${dataDir}\n`);
    expect(await keyfuse(['audit', 'verify', '--config', file], {})).toMatchObject({ exit: 0 });
    expect(await keyfuse(['incidents', 'list'], { DATA_DIR: dataDir })).toMatchObject({ exit: 0 });
  });
});

describe('keyfuse scan', () => {
  test('finds, places and masks; exit 1', async () => {
    const folder = join(dir, 'tree', 'deep');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'a.txt'), `one\ntwo\nKEY=${secret}\n`);
    await writeFile(join(folder, 'b.txt'), 'nothing here\n');
    const { exit, output } = await keyfuse(
      ['scan', join(dir, 'tree'), '--format', 'jsonl', '--fingerprint', 'sha256'],
      {},
    );
    expect(exit).toBe(1);
    const { createHash } = await import('node:crypto');
    expect(
      output
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([
      {
        ...{ file: join(folder, 'a.txt'), offset: 12, length: secret.length, line: 3, column: 5, via: [] },
        ...{ detector: 'workos-customer-key', preview: `sk_…${secret.slice(-4)}` },
        fingerprint: createHash('sha256').update(secret).digest('hex'),
      },
    ]);
    const text = await keyfuse(['scan', join(dir, 'tree')], {});
    expect(text.output).toContain('a.txt:3:5  workos-customer-key');
    expect(text.output).not.toContain(key);
  });

  test('standard input, decoded text, nothing found, unreadable paths', async () => {
    const encoded = Buffer.from(`{"k":"${secret}"}`).toString('base64');
    const piped = await keyfuse(['scan', '-', '--format', 'jsonl'], {}, `x\n${encoded}\n`);
    expect(JSON.parse(piped.output.split('\n')[0] ?? '')).toMatchObject({ file: '-', line: 2, via: ['base64'] });
    expect((await keyfuse(['scan', '-'], {}, 'calm\n')).exit).toBe(0);
    expect((await keyfuse(['scan', join(dir, 'absent')], {})).exit).toBe(2);
  });

  test('the same key file gives the same fingerprint; no key, none, and a way to get one', async () => {
    const file = join(dir, 'fingerprint.key');
    await writeFile(file, fresh().key);
    const of = async (args: string[]) =>
      (await keyfuse(['scan', '-', ...args], { DATA_DIR: join(dir, 'absent') }, `${secret}\n`)).output.split('\n');
    const jsonl = ['--format', 'jsonl'];
    const [line = ''] = await of([...jsonl, '--fingerprint-key', file]);
    expect(JSON.parse(line).fingerprint).toMatch(/^[0-9a-f]{64}$/);
    expect(await of([...jsonl, '--fingerprint-key', file])).toEqual([line, '']);
    const [found = '', hint, ...rest] = await of(jsonl);
    expect(JSON.parse(found)).toEqual({ ...JSON.parse(line), fingerprint: null });
    expect(hint).toContain('--fingerprint-key');
    expect(rest).toEqual(['']);
    expect((await of([])).join()).not.toContain('--fingerprint-key'); // which prints no fingerprint at all
  });

  test('a reader that closes early is no fault', async () => {
    const { child, output, ended } = runScript(
      new URL('../dist/src/main.js', import.meta.url).pathname,
      ['scan', '-'],
      {},
    );
    child.stdout.destroy();
    child.stdin.end(`${secret}\n`.repeat(2_000));
    await ended;
    expect(output()).not.toContain('Error');
  });
});

describe('keyfuse parked', () => {
  test('list, show, redrive and discard, beside a running daemon and alone; the journal keeps who and why', async () => {
    const credential = fresh().secret;
    const workos = await startEmulatedWorkos({ credential });
    const ring = { old: `old:${fresh().key}`, lost: `lost:${fresh().key}` };
    const env = {
      ...{ WORKOS_API_KEY: credential, WORKOS_BASE_URL: workos.url, LOGS_TOKEN: 'let-me-in', USER: 'mia' },
      ...{ DATA_DIR: join(dir, 'parked'), FINGERPRINT_KEY: fresh().key },
    };
    const leak = async (url: string, name: string) => {
      const { id, value } = workos.issueKey({ name, seed: `${dir} ${name}` });
      const headers = { authorization: 'Bearer let-me-in', 'content-type': 'text/plain' };
      await fetch(`${url}/logs`, { method: 'POST', headers, body: `${value}\n` });
      return id;
    };
    const parked = async () => {
      const { output } = await keyfuse(['parked', 'list', '--json'], { ...env, SEAL_KEYS: ring.old });
      return output
        .trim()
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line));
    };
    try {
      // Sealed with a key that the next start does not have: parked as unsealed.
      workos.inject({ kind: 'status', status: 503 });
      const before = await startDaemonProcess({ ...env, SEAL_KEYS: ring.lost });
      const ids = [
        await leak(before.ingressUrl, 'one'),
        await leak(before.ingressUrl, 'two'),
        await leak(before.ingressUrl, 'three'),
      ];
      await before.stop('SIGKILL');
      const without = await startDaemonProcess({ ...env, SEAL_KEYS: ring.old });
      const messages = await eventually('three parked messages', async () => {
        const all = await parked();
        return all.length === 3 && all;
      });
      expect(messages[0]).toMatchObject({ reason: 'unsealed', fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/) });
      const [first, second, third] = messages.map(({ id }) => String(id));
      const discarded = await keyfuse(['parked', 'discard', first ?? '', '--why', 'a test'], {
        ...env,
        SEAL_KEYS: ring.old,
      });
      expect(discarded).toMatchObject({ exit: 0 });
      expect(await without.stop('SIGTERM')).toBe(0);

      // The old key is back in the ring, and the issuer answers again.
      workos.clearFaults();
      const whole = { ...env, SEAL_KEYS: `${ring.old},${ring.lost}` };
      const shown = await keyfuse(['parked', 'show', second ?? ''], whole);
      expect(JSON.parse(shown.output)).toMatchObject({
        detector: 'workos-customer-key',
        origin: { source: 'http-logs' },
      });
      expect((await keyfuse(['parked', 'redrive', second ?? '', '--why', 'key is back'], whole)).exit).toBe(0);
      const after = await startDaemonProcess(whole);
      expect((await keyfuse(['parked', 'redrive', third ?? '', '--why', 'key is back'], whole)).exit).toBe(0);
      await eventually('both to be dead', () => ids.filter((id) => !workos.isLive(id)).length === 2);
      expect((await keyfuse(['parked', 'redrive', third ?? '', '--why', 'again'], whole)).exit).toBe(2);
      await eventually('the books to balance', async () => {
        const text = await (await fetch(`${after.opsUrl}/metrics`)).text();
        const of = (series: string) =>
          Number(
            text
              .split('\n')
              .find((line) => line.startsWith(`${series} `))
              ?.split(' ')[1],
          );
        return (
          of('keyfuse_ledger{state="discarded"}') === 1 &&
          of('keyfuse_ledger{state="in_flight"}') === 0 &&
          of('keyfuse_ledger_imbalance') === 0
        );
      });
      expect(await after.stop('SIGTERM')).toBe(0);
      expect((await keyfuse(['audit', 'verify'], whole)).output).toMatch(/^ok: /);
      const { readFile } = await import('node:fs/promises');
      const journal = await readFile(join(dir, 'parked', 'audit', 'journal.jsonl'), 'utf8');
      expect(journal).toContain('"mia"');
      expect(journal).toContain('key is back');
    } finally {
      await workos.close();
    }
  }, 120_000);
});

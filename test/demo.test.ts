import { existsSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { keyfuse, runScript } from './support/daemon.ts';
import { eventually } from './support/eventually.ts';

const MAIN = new URL('../dist/src/main.js', import.meta.url).pathname;

test('demo --once --json prints one document: every key proved dead, every decoy left alone', async () => {
  const { child, output, ended } = runScript(MAIN, ['demo', '--once', '--json'], {});
  let stdout = '';
  child.stdout.on('data', (piece: Buffer) => {
    stdout += piece.toString();
  });
  expect(await ended).toBe(0);
  const report = JSON.parse(stdout);
  const key = (source: string) => ({ source, leakToDeadMs: expect.any(Number), outcome: 'revoked' });
  expect(report).toMatchObject({
    ok: true,
    keys: [key('push'), key('comment'), key('log')],
    decoys: [
      { sent: false, deleted: false, outcome: 'suppressed' },
      { sent: true, deleted: false, outcome: 'dead' },
      { sent: false, deleted: false, outcome: 'held' },
    ],
    ledger: { revoked: expect.any(Number), parked: 0, in_flight: 0, imbalance: 0 },
    audit: { ok: true },
  });
  expect(report.audit.records).toBeGreaterThan(15);
  expect(output()).toContain('proved');
}, 120_000);

test('demo stays up, its hints work, and Ctrl-C ends it cleanly', async () => {
  const { child, output, ended } = runScript(MAIN, ['demo'], {});
  await eventually('the demo to have played', () => output().includes('Look around'), 60_000);
  const ops = /curl -s (http:\S+)\/metrics/.exec(output())?.[1];
  expect(await (await fetch(`${ops}/metrics`)).text()).toContain('keyfuse_ledger{state="revoked"}');
  expect((await fetch(`${ops}/readyz`)).status).toBe(200);
  const data = /--data-dir (\S+)/.exec(output())?.[1] ?? '';
  expect(await keyfuse(['audit', 'verify', '--data-dir', data], {})).toMatchObject({ exit: 0 });
  expect((await keyfuse(['incidents', 'list', '--data-dir', data], {})).output).toContain('revoked');
  // npm passes a Ctrl-C on, which the terminal has told us already.
  child.kill('SIGINT');
  setTimeout(() => child.kill('SIGINT'), 5);
  expect(await ended).toBe(0);
  expect(existsSync(data)).toBe(false);
}, 120_000);

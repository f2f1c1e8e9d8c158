import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import { bar, createProgress } from '../src/cli/scan-progress.ts';
import { sample } from '../src/core/sample.ts';
import { runScan, scratch } from './support/scan-run.ts';

const { at, remove } = scratch('scan-formats');
afterAll(remove);

const key = (seed: string): string => `sk_${sample(`formats ${seed}`, 43)}`;
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const put = (name: string, text: string): string => {
  writeFileSync(at(name), text);
  return at(name);
};

/** The official schema is of draft 4, of which it uses nothing that draft 7 reads otherwise but the name of `id`. */
const sarifSchema = () => {
  const path = new URL('./fixtures/sarif/sarif-schema-2.1.0.json', import.meta.url);
  const { id: $id, $schema: _, ...schema } = JSON.parse(readFileSync(path, 'utf8'));
  const formats = {
    uri: (text: string) => URL.canParse(text),
    'date-time': true,
    'uri-reference': /^[!#-~]*$/,
  } as const;
  return new Ajv({ strict: false, formats }).compile({ $id, ...schema });
};

describe('--format sarif', () => {
  const validate = sarifSchema();

  test('fits the official schema: rules, places, fingerprints; no secret', async () => {
    const file = put('a ü%.env', `one\nA=${key('a')}\nB=${Buffer.from(`x ${key('b')} y`).toString('base64')}\n`);
    const { out, exit } = await runScan([file, at('absent')], { format: 'sarif' });
    expect(exit).toBe(1);
    const log = JSON.parse(out);
    expect([validate(log), validate.errors]).toEqual([true, null]);
    const [run] = log.runs;
    expect(run.tool.driver).toMatchObject({ name: 'Keyfuse', semanticVersion: '1.2.3' });
    expect(run.results).toHaveLength(2);
    const [first, second] = run.results;
    expect(run.tool.driver.rules[first.ruleIndex].id).toBe('workos-customer-key');
    expect(first).toMatchObject({
      ruleId: 'workos-customer-key',
      partialFingerprints: { 'keyfuse/v1': sha256(key('a')) },
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: new URL(`file://${at('a%20%C3%BC%25.env')}`).href },
            region: { startLine: 2, startColumn: 3, byteOffset: 6, byteLength: 46 },
          },
        },
      ],
    });
    expect(second.properties.via).toEqual(['base64']);
    expect(run.invocations[0].toolExecutionNotifications[0].message.text).toContain('ENOENT');
    for (const seed of ['a', 'b']) expect(out).not.toContain(key(seed).slice(3, 20));
  });

  test('nothing found is a log too; a wrong one is refused by the schema', async () => {
    const { out, exit } = await runScan([put('calm', 'calm\n')], { format: 'sarif' });
    expect(exit).toBe(0);
    const log = JSON.parse(out);
    expect(validate(log)).toBe(true);
    log.runs[0].results.push({ ruleId: 1 });
    expect(validate(log)).toBe(false);
  });
});

describe('baselines', () => {
  const file = put('keys', `${key('old')}\n${key('other')}\n`);
  const known = at('known.json');
  const write = { writeBaseline: known, reason: 'rotated, OPS-1', expires: '2099-01-31' };

  test('what is listed is hidden and counted, what is new is told; nothing in clear', async () => {
    expect(await runScan([file], write)).toMatchObject({ exit: 0, out: '', err: expect.stringContaining('2 listed') });
    const text = readFileSync(known, 'utf8');
    expect(text).not.toContain(key('old').slice(3, 20));
    expect(JSON.parse(text).findings).toContainEqual({
      ...{ fingerprint: sha256(key('old')), detector: 'workos-customer-key' },
      ...{ reason: 'rotated, OPS-1', expires: '2099-01-31' },
    });
    put('keys', `${key('other')}\n${key('new')}\n${key('old')}\n`);
    const again = await runScan([file], { baseline: known, format: 'text' });
    expect(again).toMatchObject({ exit: 1, err: expect.stringContaining('1 found; suppressed: 2 baseline') });
    expect(again.out).toMatch(/keys:2:1 .*\n$/);
  });

  test('an entry hides until its last day, and where it names a path only there', async () => {
    const list = (entry: object) => {
      const one = { fingerprint: sha256(key('new')), reason: 'a test', expires: '2099-01-01', ...entry };
      put('list.json', JSON.stringify({ version: 1, fingerprints: 'sha256', findings: [one] }));
      return runScan([put('one', key('new'))], { baseline: at('list.json') });
    };
    const today = new Date().toISOString().slice(0, 10);
    expect((await list({ expires: today })).exit).toBe(0);
    expect(await list({ expires: '2020-01-31' })).toMatchObject({ exit: 1, err: expect.stringContaining('1 entries') });
    expect((await list({ path: at('one') })).exit).toBe(0);
    expect((await list({ path: at('two') })).exit).toBe(1);
    expect((await list({ fingerprint: sha256('gone') })).err).toContain('hid nothing');
  });

  test('written again, the reasons that are there stay', async () => {
    await runScan([file], { ...write, reason: 'another reason', expires: '2098-01-01' });
    const reasons = JSON.parse(readFileSync(known, 'utf8')).findings.map(({ reason }: { reason: string }) => reason);
    expect(reasons.sort()).toEqual(['another reason', 'rotated, OPS-1', 'rotated, OPS-1']);
  });

  test.each<[string, Parameters<typeof runScan>[1]]>([
    ['--fingerprint-key', { baseline: known, fingerprint: 'hmac' }],
    ['has fingerprints of sha256', { baseline: known, fingerprint: 'hmac', env: { FINGERPRINT_KEY: sample('k', 64) } }],
    ['cannot be read (ENOENT)', { baseline: at('none.json') }],
    ['is no baseline', { baseline: put('wrong.json', '{"version":1}') }],
    ['cannot be read (no JSON)', { baseline: put('torn.json', '{') }],
    ['--reason', { writeBaseline: at('new.json') }],
    ['2027-01-31', { writeBaseline: at('new.json'), reason: 'a test', expires: 'soon' }],
  ])('what cannot be done is told before the scan, exit 2: %s', async (why, options) => {
    expect(await runScan([file], options)).toMatchObject({ exit: 2, out: '', err: expect.stringContaining(why) });
  });
});

describe('for people', () => {
  test('the summary counts what is suppressed, by reason', async () => {
    const { err } = await runScan([put('mix', `sk_${'your_api_key_here_'}123456\n${key('mix')}\n`)], {
      format: 'text',
    });
    expect(err).toMatch(/^1 file, \d+ B in \d+\.\d s \(.*\/s\): 1 found; suppressed: 1 placeholder/);
  });

  test('the bar: how far, how fast, how long still', () => {
    const step = { done: 250e6, total: 1e9, seconds: 0.5, found: 2 };
    expect(bar(step)).toBe(` 25 % ${'█'.repeat(6)}${'░'.repeat(18)} 250 MB of 1.0 GB  500 MB/s  2 found  0:02 left`);
    expect(bar({ ...step, total: 0 })).toBe('250 MB  500 MB/s  2 found');
    expect(bar({ ...step, total: 4e12, seconds: 1 })).toContain('4:26:39 left');
    expect(bar({ ...step, done: 2e9 })).toMatch(/^100 % /);
  });

  test('it is drawn at most ten times a second, and wiped before other words', () => {
    let now = 0;
    const written: string[] = [];
    const progress = createProgress(
      (text) => written.push(text),
      () => now,
    );
    for (; now < 1000; now += 10) progress.draw({ done: now, total: 1000, found: 0 });
    expect(written.length).toBe(9);
    progress.clear();
    progress.clear();
    expect(written.at(-1)).toBe('\r\u001b[2K');
    expect(written.length).toBe(10);
  });

  test('no bar where standard error is no terminal', async () => {
    const { err } = await runScan([put('calm', 'calm\n')], { format: 'text', progress: true });
    expect(err).not.toContain('\u001b');
  });
});

import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { readMadeKey, readOrMakeKey } from '../src/made-keys.ts';
import { runScript } from './support/daemon.ts';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'keyfuse-made-keys-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe('a key that is made', () => {
  test('is 32 bytes, the owner’s alone, the same ever after, and nothing lies beside it', () => {
    expect(readMadeKey(dir, 'a.key')).toBeUndefined();
    const key = readOrMakeKey(dir, 'a.key');
    expect(Buffer.from(key, 'base64')).toHaveLength(32);
    expect(statSync(join(dir, 'a.key')).mode & 0o777).toBe(0o600);
    expect(readOrMakeKey(dir, 'a.key')).toBe(key);
    expect(readMadeKey(dir, 'a.key')).toBe(key);
    expect(readOrMakeKey(dir, 'b.key')).not.toBe(key);
    expect(readdirSync(dir).sort()).toEqual(['a.key', 'b.key']);
  });

  test('is made although a start that was killed left its draft; in a container every start has one process id', () => {
    writeFileSync(join(dir, `a.key.${process.pid}`), 'half a k');
    const key = readOrMakeKey(dir, 'a.key');
    expect(Buffer.from(key, 'base64')).toHaveLength(32);
    expect(readFileSync(join(dir, 'a.key'), 'utf8').trim()).toBe(key);
  });

  test('is one key for starts at once', async () => {
    const script = join(dir, 'start.ts');
    const module = new URL('../src/made-keys.ts', import.meta.url).href;
    writeFileSync(
      script,
      `import { readOrMakeKey } from ${JSON.stringify(module)};\nconsole.log(readOrMakeKey(process.argv[2], 'a.key'));\n`,
    );
    const keys = join(dir, 'keys');
    const starts = Array.from({ length: 6 }, () => runScript(script, [keys], {}));
    for (const { ended } of starts) expect(await ended).toBe(0);
    expect(new Set(starts.map(({ output }) => output().trim())).size).toBe(1);
    expect(readdirSync(keys)).toEqual(['a.key']);
  }, 60_000);
});

import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, describe, expect, test } from '@jest/globals';
import { createSinks } from '../src/app-secrets.ts';
import { readStores } from '../src/config-read.ts';
import { systemClock } from '../src/core/clock.ts';
import { Fault } from '../src/core/errors.ts';
import { sample } from '../src/core/sample.ts';
import { Secret } from '../src/core/secret.ts';
import { openSink } from '../src/secrets/sink.ts';
import type { Store } from '../src/secrets/store.ts';
import { eventually } from './support/eventually.ts';

const dir = mkdtempSync(join(tmpdir(), 'keyfuse-sinks-'));
afterAll(() => {
  stores.close();
  rmSync(dir, { recursive: true });
});

const text = `sk_${sample('sink', 40)}`;
const value = new Secret(text);
const env = { PATH: process.env['PATH'], WORKOS_API_KEY: 'a credential of ours' };
const file = join(dir, 'empty.yaml');
writeFileSync(file, '');
const stores = readStores({ env, file });
const sinkOf = createSinks(stores, env);

/** The fault of what fails; nothing of it may be the key. */
const faultOf = async (failing: Promise<unknown> | (() => unknown)): Promise<Fault> => {
  const fault = await (typeof failing === 'function' ? Promise.resolve().then(failing) : failing).then(
    () => new Error('it did not fail'),
    (error: unknown) => error,
  );
  expect(fault).toBeInstanceOf(Fault);
  expect(inspect(fault, { depth: 9 })).not.toContain(text.slice(3, 20));
  return fault as Fault;
};

/** A program that does as it is told, in a shell. */
const program = (name: string, script: string): string => {
  const path = join(dir, name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
};

describe('a store as a sink', () => {
  test('has what was put, and tells it', async () => {
    const sink = sinkOf(`file://${dir}/put`);
    expect(sink.name).toBe(`file://${dir}/put`);
    expect(await sink.get?.()).toBeUndefined();
    await sink.put(value);
    expect((await sink.get?.())?.expose()).toBe(text);
  });

  test.each([
    ['a kind that is not known', 'op://vault/item', 'this kind of reference is not known'],
    ['the environment', 'env://NAME', 'nothing can be put into env://'],
    ['a version of Vault', 'vault://secret/app#key?version=1', 'names a version'],
    ['a stage of AWS', 'awssm://app?stage=AWSPREVIOUS', 'names a version'],
    ['a version of Azure', 'azkv://vault/name/0123', 'names a version'],
    [
      'an option that is not known',
      'awssm://app?regoin=x',
      'has an option that awssm:// does not know; it knows region',
    ],
    ['a command without its path', 'command:put-key', 'needs the whole path of a program'],
    ['a command that is none', 'command:', 'needs the whole path of a program'],
  ])('%s is refused at once', async (_, reference, why) => {
    const fault = await faultOf(() => sinkOf(reference));
    expect(fault).toMatchObject({ code: 'config.invalid', message: expect.stringContaining(why) });
  });

  test('a key that was pasted in the place of a reference is not repeated', async () => {
    for (const wrong of [text, `vault://${text}?${text}=1`, `op://${text}`]) await faultOf(() => sinkOf(wrong));
  });

  test('one that says yes and loses the key, and one that says no', async () => {
    const kept = new Map<string, Secret>();
    const lossy: Store = {
      read: async () => ({ secret: kept.get('old') ?? new Secret('old') }),
      write: async () => undefined,
    };
    const refusing: Store = {
      read: async () => ({ trouble: 'refused', why: 'we may not read' }),
      write: async () => ({ trouble: 'refused', why: 'we may not write' }),
    };
    const clock = { ...systemClock, sleep: async () => undefined };
    const open = (store: Store) => openSink('vault://secret/app#key', { storeOf: () => store, clock, env });
    expect(await faultOf(open(lossy).put(value))).toMatchObject({
      code: 'sink.unwritable',
      next: 'retry',
      message:
        'sink.unwritable: vault://secret/app#key: the store says that it has the key, and does not give it back: another value stands there',
    });
    expect((await faultOf(open(refusing).put(value))).message).toMatch(/we may not write$/);
    expect(await faultOf(open(refusing).get?.() ?? Promise.resolve())).toMatchObject({ code: 'sink.unreadable' });
  });

  test('stores that are set up wrongly are a wrong configuration, and one that is not set up is told by its sink', async () => {
    const fault = await faultOf(() => readStores({ env: { VAULT_ADDR: 'http://vault.example' }, file }));
    expect(fault).toMatchObject({ code: 'config.invalid', message: expect.stringContaining('secrets.vault.address') });
    const unset = await faultOf(sinkOf('vault://secret/app#key').put(value));
    expect(unset.message).toContain('needs the setting secrets.vault.address (VAULT_ADDR)');
  });

  test('a place that cannot be written names itself and why', async () => {
    const fault = await faultOf(sinkOf(`file://${dir}/no/such`).put(value));
    expect(fault.message).toBe(`sink.unwritable: file://${dir}/no/such: the file cannot be written (ENOENT)`);
  });
});

describe('a command as a sink', () => {
  test('has the key on standard input, its words, and nothing of our environment', async () => {
    const path = program('keep', `cat > ${dir}/kept; echo "$@" > ${dir}/words; env > ${dir}/env`);
    const sink = sinkOf(`command:${path} shop $HOME  ;rm`);
    expect(sink.get).toBeUndefined();
    await sink.put(value);
    expect(readFileSync(join(dir, 'kept'), 'utf8')).toBe(text);
    expect(readFileSync(join(dir, 'words'), 'utf8')).toBe('shop $HOME ;rm\n');
    expect(readFileSync(join(dir, 'env'), 'utf8')).not.toContain('credential of ours');
  });

  test.each([
    ['fails, and prints the key', 'tee /dev/stderr; exit 3', 'the command ended with 3'],
    ['is killed', 'kill -9 $$', 'the command ended with SIGKILL'],
  ])('one that %s', async (_, script, why) => {
    const fault = await faultOf(sinkOf(`command:${program('told', script)}`).put(value));
    expect(fault).toMatchObject({ code: 'sink.unwritable', message: expect.stringContaining(why) });
  });

  test('one that is not there', async () => {
    expect((await faultOf(sinkOf('command:/no/such').put(value))).message).toContain('cannot be started (ENOENT)');
  });

  test('one that ends without reading is believed: its exit code is all there is', async () => {
    await sinkOf('command:/bin/true').put(new Secret('x'.repeat(1_000_000)));
  });

  test('one that does not end is ended, with what it started', async () => {
    const path = program('hang', `sleep 600 & echo $! > ${dir}/child; wait`);
    const sink = openSink(`command:${path}`, {
      storeOf: () => {
        throw new Error('no store');
      },
      ...{ clock: systemClock, env, commandMs: 3_000 },
    });
    expect((await faultOf(sink.put(value))).message).toContain('did not end within 3 s');
    const child = Number(readFileSync(join(dir, 'child'), 'utf8'));
    const isGone = () => {
      try {
        // Nobody may have reaped it yet: then it is a zombie.
        return /^State:\s+Z/m.test(readFileSync(`/proc/${child}/status`, 'utf8'));
      } catch {
        return true;
      }
    };
    await eventually('what it started to end', isGone);
  });
});

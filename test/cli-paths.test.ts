import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sample } from '../src/core/sample.ts';
import { keyfuse } from './support/daemon.ts';

let dir = '';
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'keyfuse-paths-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

test('scan: a path that cannot be read is named, and hides no finding, before or behind it', async () => {
  const found = join(dir, 'found.txt');
  const calm = join(dir, 'calm.txt');
  const absent = join(dir, 'absent');
  await writeFile(found, `sk_${sample('cli paths', 43)}\n`);
  await writeFile(calm, 'calm\n');
  const unreadable = expect.stringContaining(`${absent} could not be read (ENOENT)`);
  expect(await keyfuse(['scan', absent, found], {})).toMatchObject({ exit: 1, output: unreadable });
  expect(await keyfuse(['scan', found, absent], {})).toMatchObject({ exit: 1, output: unreadable });
  expect(await keyfuse(['scan', calm, absent], {})).toMatchObject({ exit: 2, output: unreadable });
});

test.each([[['list']], [['show', 'x']], [['redrive', 'x', '--why', 'a test']]])(
  'parked %j without an embedded topic: exit 2, the folder is named, and nothing is made',
  async (args) => {
    const wrong = join(dir, 'wrong');
    const asked = await keyfuse(['parked', ...args], { DATA_DIR: wrong });
    expect(asked).toMatchObject({ exit: 2, output: expect.stringContaining(`no Keyfuse data in ${wrong}`) });
    expect(existsSync(wrong)).toBe(false);
    const empty = join(dir, 'empty');
    await mkdir(empty, { recursive: true });
    expect((await keyfuse(['parked', ...args], { DATA_DIR: empty })).exit).toBe(2);
    expect(await readdir(empty)).toEqual([]);
  },
);

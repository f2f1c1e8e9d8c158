import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, symlinkSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { createServer } from 'node:net';
import { afterAll, describe, expect, test } from '@jest/globals';
import { sample } from '../src/core/sample.ts';
import { runScan, scratch } from './support/scan-run.ts';

const { at, remove } = scratch('scan-paths');
afterAll(remove);

const key = (seed: string): string => `sk_${sample(`paths ${seed}`, 43)}`;
const put = (path: string, text: string | Buffer): string => {
  mkdirSync(at(path, '..'), { recursive: true });
  writeFileSync(at(path), text);
  return at(path);
};

describe('keyfuse scan: what is opened', () => {
  test('files in the order of their names, .git left out, wherever it is', async () => {
    for (const name of ['order/b/2', 'order/a', 'order/b/1', 'order/c', 'order/b/.git/config', 'order/.git/x'])
      put(name, `k=${key(name)}\n`);
    const { findings, exit } = await runScan([at('order')]);
    expect(exit).toBe(1);
    expect(findings().map(({ file }) => file)).toEqual(['a', 'b/1', 'b/2', 'c'].map((name) => at('order', name)));
    const before = process.cwd();
    process.chdir(at('order'));
    expect((await runScan(['.'])).findings().map(({ file }) => file)).toEqual(['a', 'b/1', 'b/2', 'c']);
    process.chdir(before);
  });

  test('links that loop, FIFOs, sockets and what is no UTF-8: told, and nothing hangs', async () => {
    const found = put('odd/found', key('odd'));
    symlinkSync('.', at('odd/loop'));
    symlinkSync('/', at('odd/root'));
    execFileSync('mkfifo', [at('odd/fifo')]);
    const server = createServer().listen(at('odd/socket'));
    writeFileSync(Buffer.concat([Buffer.from(at('odd/')), Buffer.from([0xff, 0xfe])]), key('bytes'));
    const { err, exit } = await runScan([at('odd')], { format: 'text' });
    server.close();
    expect(exit).toBe(1);
    expect(err).toMatch(/^2 files, .*: 2 found; not opened: /);
    for (const kind of ['2 symbolic link', '1 FIFO', '1 socket']) expect(err).toContain(kind);
    expect((await runScan([at('odd')])).findings().map(({ file }) => file)).toEqual([
      found,
      `${at('odd')}/\ufffd\ufffd`,
    ]);
  });

  test('named by hand: a FIFO is read until its writers close it, a device never', async () => {
    execFileSync('mkfifo', [at('pipe')]);
    expect(await runScan([at('pipe')])).toMatchObject({ exit: 0, out: '' }); // nobody writes
    const writer = openSync(at('pipe'), 'r+');
    writeSync(writer, `\n${key('pipe')}\n`);
    const running = runScan([at('pipe')]);
    setTimeout(() => closeSync(writer), 300);
    expect((await running).findings()).toMatchObject([{ file: at('pipe'), line: 2, column: 1 }]);
    const device = await runScan(['/dev/zero'], { format: 'text' });
    expect(device).toMatchObject({ exit: 0, err: expect.stringContaining('not opened: 1 device') });
  });

  test('a sparse file: what is between and behind its holes is found where it stands', async () => {
    const path = at('sparse');
    const file = openSync(path, 'w');
    const places = [3, 5 * 2 ** 20 - 20, 90 * 2 ** 20 + 7];
    for (const [n, place] of places.entries()) writeSync(file, ` ${key(`hole ${n}`)}\n`, place);
    closeSync(file);
    truncateSync(path, 100 * 2 ** 20);
    const { findings } = await runScan([path]);
    expect(findings().map(({ offset, line, column }) => ({ offset, line, column }))).toEqual([
      { offset: 4, line: 1, column: 5 },
      { offset: 5 * 2 ** 20 - 19, line: 2, column: 5 * 2 ** 20 - 19 - 50 },
      { offset: 90 * 2 ** 20 + 8, line: 3, column: 90 * 2 ** 20 + 8 - (5 * 2 ** 20 - 20) - 47 },
    ]);
  });

  test('a key in the name of a file is masked wherever the name is told', async () => {
    const path = put(`names/${key('name')}/x`, key('in'));
    for (const format of ['text', 'jsonl', 'sarif'] as const) {
      const { out, err } = await runScan([at('names'), `${path}/absent`], { format });
      expect(out + err).toContain('[secret]');
      expect(out + err).not.toContain(sample('paths name', 43));
    }
  });

  test('--gitignore leaves out what git ignores, tracked or not; outside of a work tree nothing is left out', async () => {
    for (const name of ['in', 'tracked.log', 'new.log', 'sub/other.log', 'sub/new']) put(`tree/${name}`, key(name));
    put('tree/.gitignore', '*.log\n');
    const git = (...args: string[]) => execFileSync('git', ['-C', at('tree'), ...args], { stdio: 'pipe' });
    git('init', '-q');
    git('add', '-f', 'tracked.log');
    const names = async (path: string, gitignore: boolean) =>
      (await runScan([path], { gitignore }))
        .findings()
        .map(({ file }) => file.slice(at('tree').length + 1))
        .sort();
    expect(await names(at('tree'), true)).toEqual(['in', 'sub/new', 'tracked.log']);
    expect(await names(at('tree/sub'), true)).toEqual(['sub/new']);
    expect(await names(at('tree'), false)).toHaveLength(5);
    expect((await runScan([at('order')], { gitignore: true })).findings()).toHaveLength(4);
  });

  test('the progress of a file that is longer than a read, lines and columns included', async () => {
    const line = `${'x'.repeat(99)}\n`;
    const text = `${line.repeat(15_000)}\n  ${key('far')} ${line.repeat(9_000)}${key('last')}`;
    const { findings } = await runScan([put('long', text)]);
    expect(findings()).toMatchObject([
      { offset: 1_500_003, line: 15_002, column: 3 },
      { offset: text.lastIndexOf('sk_'), line: 24_002, column: 1 },
    ]);
  });
});

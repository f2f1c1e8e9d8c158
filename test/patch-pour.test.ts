import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { zipSync } from 'fflate';
import { createBlobs } from '../src/sources/git-blobs.ts';
import { createPatchReader } from '../src/sources/git-patch.ts';
import { createPatchPour } from '../src/sources/github/patch-pour.ts';
import { createOutlet } from '../src/sources/outlet.ts';
import { createFlowNames } from '../src/sources/waiting.ts';
import { scratch } from './support/benches.ts';

const repository = () => {
  const dir = join(scratch(), 'packed');
  mkdirSync(dir);
  const git = (...args: string[]): Buffer =>
    execFileSync('git', ['-c', 'user.name=x', '-c', 'user.email=x@example.com', ...args], {
      ...{ cwd: dir, maxBuffer: 2 ** 26, env: { PATH: process.env['PATH'], HOME: dir } },
    });
  git('init', '-q');
  const commit = (path: string, bytes: Uint8Array): void => {
    writeFileSync(join(dir, path), bytes);
    git('add', '-A');
    git('commit', '-qm', path);
  };
  const patch = (): Buffer =>
    git('log', '-p', '--reverse', '--text', '--unified=0', '--full-index', '--format=commit %H');
  return { dir, commit, patch };
};

/** Pours a patch that comes in pieces; gives what was poured, and which blobs were asked for. */
const pourPieces = async (dir: string, pieces: readonly Buffer[]) => {
  const [texts, asked]: [string[], string[]] = [[], []];
  const stop = new AbortController().signal;
  const emit = async ({ bytes }: { readonly bytes: Uint8Array }): Promise<void> => {
    texts.push(Buffer.from(bytes).toString('latin1'));
  };
  const blobs = createBlobs({ dir, env: process.env });
  const read: typeof blobs.read = (id) => {
    asked.push(id);
    return blobs.read(id);
  };
  const pour = createPatchPour({
    outlet: createOutlet({ emit, stop, giveUp: stop, nextFlow: createFlowNames('test') }),
    blobs: { ...blobs, read },
    originOf: (commit) => ({ source: 'github-backfill', locator: commit, receivedAt: 0, mode: 'backfill' }),
    unread: (_, error) => void texts.push(`unread ${error}`),
  });
  const hear = createPatchReader(pour.hears);
  for (const piece of pieces) {
    hear(piece);
    await pour.settle(async () => undefined);
  }
  pour.close();
  await pour.settle(async () => undefined);
  blobs.close();
  return { text: texts.join('\n'), asked };
};

const readme = Buffer.from(Array.from({ length: 400 }, (_, n) => n * n * 7_919).join('\n'));
const secret = Buffer.from('what-is-packed\n'.repeat(40));
const mtime = new Date(2_020, 1);

test('an archive is opened wherever a piece of the patch ends, and where the patch begins in its middle', async () => {
  const { dir, commit, patch } = repository();
  commit('a.zip', zipSync({ readme }, { mtime }));
  commit('a.zip', zipSync({ readme, secret }, { mtime }));
  commit('b.gz', gzipSync(secret));
  const all = patch();
  const hunks = all.lastIndexOf('@@ ');
  expect(all.toString('latin1')).toMatch(/^@@ -[2-9]\d* \+[2-9]|^@@ -[2-9]\d*,\d+ \+[2-9]/m);
  expect((await pourPieces(dir, [all])).text.split('what-is-packed').length).toBe(81);
  const start = all.indexOf('\n+', hunks) + 2;
  for (const cut of [1, 2, 3, 4, 9]) {
    const { text } = await pourPieces(dir, [all.subarray(0, start + cut), all.subarray(start + cut)]);
    expect([cut, text.split('what-is-packed').length]).toEqual([cut, 81]);
  }
});

test('git is asked for no file that is text, and for no new picture', async () => {
  const { dir, commit, patch } = repository();
  commit('a.txt', Buffer.from('täxt\n'.repeat(400)));
  commit('b.png', Buffer.concat([Buffer.from([0x89]), Buffer.from('PNG\r\n\0'), Buffer.alloc(2_000, 0xfe)]));
  commit('a.txt', Buffer.from(`${'täxt\n'.repeat(400)}mehr größer\n`));
  expect((await pourPieces(dir, [patch()])).asked).toEqual([]);
});

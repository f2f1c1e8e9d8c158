import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text as whole } from 'node:stream/consumers';
import { afterAll, expect, test } from '@jest/globals';
import { createBlobs } from '../src/sources/git-blobs.ts';
import { scratch } from './support/scan-run.ts';

const { at, remove } = scratch('git-blobs');
afterAll(remove);

test('a blob that is left early, or not read at all, does not spoil the next', async () => {
  const dir = at('copy');
  execFileSync('git', ['init', '-q', dir]);
  const add = (text: string): string => {
    writeFileSync(join(dir, 'file'), text);
    return execFileSync('git', ['-C', dir, 'hash-object', '-w', 'file'], { encoding: 'utf8' }).trim();
  };
  // What follows looks like the head of another blob.
  const lines = `${'a line\n'.repeat(60_000)}${'0'.repeat(40)} blob 9999999\n`.repeat(2);
  const large = add(lines);
  const [small, last] = [add('whole\n'), add('')];
  const blobs = createBlobs({ dir, env: process.env });
  const text = async (id: string): Promise<string | undefined> => {
    const bytes = await blobs.read(id);
    return bytes && whole(bytes);
  };
  try {
    for await (const _ of (await blobs.read(large)) ?? []) break;
    expect(await text(small)).toBe('whole\n');
    await blobs.read(large);
    expect(await text('f'.repeat(40))).toBeUndefined();
    expect([await text(last), await text(small), (await text(large)) === lines]).toEqual(['', 'whole\n', true]);
  } finally {
    blobs.close();
  }
});

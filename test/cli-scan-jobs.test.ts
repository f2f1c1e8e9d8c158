import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { Readable } from 'node:stream';
import { afterAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { detectorSettings } from '../detectors/index.ts';
import { countNewlines, createLines, placeOf } from '../src/cli/lines.ts';
import { type ScanTells, scanFiles } from '../src/cli/scan-files.ts';
import type { Finding } from '../src/cli/scan-finding.ts';
import { planOf } from '../src/cli/scan-plan.ts';
import { openSeed } from '../src/cli/scan-seed.ts';
import { sample } from '../src/core/sample.ts';
import { filesBelow } from '../src/sources/paths.ts';
import { unpackLimits } from '../src/sources/unpack-budget.ts';
import { runScan, scratch } from './support/scan-run.ts';

const { at, remove } = scratch('scan-jobs');
afterAll(remove);

const key = (seed: string): string => `sk_${sample(`jobs ${seed}`, 43)}`;
const MB = 2 ** 20;

/** What a number of threads tell, in the order they tell it. */
const scanWith = async (path: string, jobs: number) => {
  const findings: Finding[] = [];
  const count = { files: 0, bytes: 0, suppressed: 0 };
  const unread: string[] = [];
  const tells: ScanTells = {
    found: ({ finding }) => findings.push(finding),
    unread: (file) => unread.push(file),
    skipped: () => undefined,
    commit: () => undefined,
    suppressed: (_, by) => {
      count.suppressed += by;
    },
    read: (bytes) => {
      count.bytes += bytes;
    },
    file: () => {
      count.files += 1;
    },
  };
  const seed = {
    detectors: detectorSettings.parse({}),
    fingerprint: { kind: 'sha256' },
    ...{ secrets: false, limits: unpackLimits },
  } as const;
  const io = { stdin: Readable.from([]), stop: new AbortController().signal };
  await scanFiles(planOf(filesBelow(path)), { seed, seeded: await openSeed(seed), jobs, io, tells, crewFrom: 1 });
  return { findings, count, unread };
};

describe('threads', () => {
  test('say the same as one, in the same order', async () => {
    mkdirSync(at('many'));
    for (let n = 0; n < 300; n += 1)
      writeFileSync(
        at('many', `f${n}`),
        `${'x\n'.repeat(n)}${n % 3 ? key(`${n}`) : `sk_${'your_api_key_here_'}123456`}`,
      );
    writeFileSync(at('many', 'torn.gz'), Buffer.from([0x1f, 0x8b, 8, 0, 1]));
    const one = await scanWith(at('many'), 1);
    expect(one.findings).toHaveLength(200);
    expect(one).toMatchObject({ count: { files: 301, suppressed: 100 }, unread: [at('many', 'torn.gz')] });
    expect(await scanWith(at('many'), 2)).toEqual(one);
  });

  test('a large file in ranges: every key once, on its own line, wherever the borders are', async () => {
    const path = at('large');
    const file = openSync(path, 'w');
    const line = `${'y'.repeat(127)}\n`;
    const block = Buffer.from(line.repeat(MB / 128));
    for (let n = 0; n < 70; n += 1) writeSync(file, block);
    const border = 32 * MB;
    const places = [
      0,
      border - 128 * 1024 - 20,
      border - 30,
      border - 46,
      border,
      border + 50,
      2 * border - 1,
      70 * MB - 60,
    ];
    const keys = places.map((_, n) => key(`large ${n}`));
    for (const [n, place] of places.entries()) writeSync(file, ` ${keys[n]} `, place);
    closeSync(file);
    const text = readFileSync(path);
    const lineOf = (offset: number): number => {
      let line = 1;
      for (let at = text.indexOf(10); at !== -1 && at < offset; at = text.indexOf(10, at + 1)) line += 1;
      return line;
    };
    // The one that another was written over is left out.
    const offsets = places.map((place) => place + 1).filter((offset) => offset !== border - 29);
    const { findings, count } = await scanWith(path, 1);
    expect(count).toMatchObject({ files: 1, bytes: 70 * MB });
    expect(findings.map(({ offset }) => offset)).toEqual(offsets);
    for (const { offset, line, column } of findings)
      expect([line, column]).toEqual([lineOf(offset), offset - text.lastIndexOf(10, offset)]);
    expect((await scanWith(path, 2)).findings).toEqual(findings);
  }, 60_000);

  test('--jobs through the command: the same findings', async () => {
    const [one, two] = [await runScan([at('many')], { jobs: 1 }), await runScan([at('many')], { jobs: 2 })];
    expect(two.out).toBe(one.out);
  });
});

describe('lines', () => {
  test('newlines are counted as one by one', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3_000 }), fc.nat(7), (bytes, shift) => {
        const some = bytes.map((byte) => (byte % 3 === 0 ? 10 : byte));
        const shifted = Buffer.concat([Buffer.alloc(shift), some]).subarray(shift);
        expect(countNewlines(shifted)).toBe(some.filter((byte) => byte === 10).length);
      }),
    );
  });

  test('a stream tells the place of each offset, however it is cut', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a\n]{0,9}$/), { maxLength: 20 }), (pieces) => {
        const lines = createLines();
        for (const piece of pieces) lines.add(Buffer.from(piece));
        const text = pieces.join('');
        for (let offset = 0; offset < text.length; offset += 1) {
          const before = text.slice(0, offset).split('\n');
          expect(placeOf(lines.at(offset), offset)).toEqual({
            line: before.length,
            column: (before.at(-1) ?? '').length + 1,
          });
        }
      }),
    );
  });
});

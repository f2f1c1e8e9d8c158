// `npm run anneal`: finds seats in the kernel's masks for the anchors of the shipped detectors, and keeps them together
// with pieces of text by which anchors of others are seated. Run it when detectors were added, after `npm run compile`.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { detectorSettings, detectors } from '../detectors/index.ts';
import { createFinder } from '../src/scan/compiled/codec.ts';
import { shipped } from '../src/scan/compiled/shipped.ts';
import { LEADS } from '../src/scan/kernel/layout.ts';
import { keyOf, packed } from '../src/scan/kernel/seating.ts';
import { seatAll } from '../src/scan/kernel/seats.ts';
import { WINDOW } from '../src/scan/kernel/sets.ts';
import { wakers } from '../src/scan/wakers.ts';

const [rounds = 600_000, seeds = 1] = process.argv.slice(2).map(Number);
const TRAINED_ON = 16_384;
const KEPT = 4096;

const root = join(import.meta.dirname, '..');
let state = 1;
/** Looks random, and is the same every time. */
const pick = (below: number): number => {
  state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
  return Math.floor((state / 0x80000000) * below);
};
const hex = (length: number): string => Array.from({ length }, () => pick(16).toString(16)).join('');

const sources = (): Buffer => {
  const files = readdirSync(join(root, 'node_modules'), { recursive: true, encoding: 'utf8' }).filter((path) =>
    /\.(?:js|ts|json|md|css|yml)$/.test(path),
  );
  return Buffer.concat(
    Array.from({ length: 400 }, () => readFileSync(join(root, 'node_modules', files[pick(files.length)] ?? ''))).map(
      (text) => text.subarray(0, 30_000),
    ),
  );
};
const line = (): string =>
  JSON.stringify({
    level: 30 + 10 * pick(3),
    time: 1_700_000_000_000 + pick(1_000_000_000),
    hostname: `app-${hex(6)}`,
    reqId: hex(32),
    req: { method: ['GET', 'POST', 'PUT'][pick(3)], url: `/api/v1/users/${pick(1_000_000)}?page=${pick(9)}&sort=name` },
    headers: {
      'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36',
      'x-request-id': `${hex(8)}-${hex(4)}`,
    },
    remoteAddress: `10.0.${pick(255)}.${pick(255)}`,
    body: Buffer.from(hex(20)).toString('base64'),
    msg: ['request completed', 'connection reset by peer', 'token refreshed', 'cache miss'][pick(4)],
  });
const texts = [
  // Without what is about keys: there, their beginnings stand in every line.
  execFileSync('git', ['log', '-p', '-n', '600', '--', '.', ':!detectors', ':!test', ':!bench', ':!src/scan'], {
    ...{ cwd: root, maxBuffer: 2 ** 28 },
  }),
  sources(),
  Buffer.from(Array.from({ length: 5000 }, line).join('\n')),
];

/** Pieces of the texts, as many of each. */
const pieces = (count: number): Buffer =>
  Buffer.concat(
    Array.from({ length: count }, (_, at) => {
      const text = texts[at % texts.length] ?? Buffer.alloc(WINDOW);
      const from = pick(text.length - WINDOW);
      return text.subarray(from, from + WINDOW);
    }),
  );

/** In order, and none that a reader of this file could take for code. */
const kept = (count: number): string => {
  const text = pieces(count).toString('latin1');
  return (text.match(/[\s\S]{4}/g) ?? [])
    .filter((piece) => !/[$'\\]/.test(piece))
    .sort()
    .join('');
};

const find = createFinder(shipped);
const anchors = detectors(detectorSettings.parse({}))
  .flatMap(({ pattern }) => (find(pattern)?.anchors ?? []).map(({ sets }) => sets))
  .concat(wakers.map(({ sets }) => sets));
const text = pieces(TRAINED_ON);
const options = { anchors, text, positions: 4, passes: 2, buckets: 16 - LEADS, rounds } as const;
const best = Array.from({ length: seeds }, (_, seed) => seatAll({ ...options, seed: seed + 1 })).reduce((one, other) =>
  other.survivors < one.survivors ? other : one,
);
const seats = new Map(anchors.map((sets, at) => [keyOf(sets), best.seats[at] ?? { offset: 0, bucket: 0 }]));
const unseen = seatAll({
  ...options,
  text: pieces(4 * TRAINED_ON),
  rounds: 0,
  known: (sets) => seats.get(keyOf(sets)),
});
process.stdout.write(
  `${anchors.length} anchors; let through: ${(100 * best.survivors).toFixed(2)} % of the text they were annealed on, ` +
    `${(100 * unseen.survivors).toFixed(2)} % of other text\n`,
);
writeFileSync(
  join(root, 'src/scan/kernel/annealed.ts'),
  `/** Pieces of text, and the seats of our own anchors, annealed on such. Written by \`npm run anneal\`. */
export const annealed = {
  grams: ${JSON.stringify(kept(KEPT))},
  seats: ${JSON.stringify(
    [...seats]
      .map(([key, one]) => key + packed(one))
      .sort()
      .join(' '),
  )},
};
`,
);
execFileSync('npx', ['biome', 'check', '--write', 'src/scan/kernel/annealed.ts'], { cwd: root, stdio: 'ignore' });

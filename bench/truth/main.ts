import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { detectorSettings, detectors } from '../../detectors/index.ts';
import { helpIfAsked } from '../help.ts';
import { describeMachine } from '../report.ts';
import { listAlarms } from './alarms.ts';
import { plantBorders } from './border.ts';
import { brokenCarriers, unusualCarriers } from './broken.ts';
import { clearCarriers } from './clear.ts';
import { makeDecoys } from './decoy.ts';
import { plantDecoys } from './decoy-plant.ts';
import { createDerived } from './derive.ts';
import { chainedCarriers, encodedCarriers } from './encoded.ts';
import { createFormats } from './formats.ts';
import { goalsOf } from './goals.ts';
import type { KeyMaker } from './key.ts';
import { type Options, readOptions, USAGE } from './options.ts';
import { plantCarriers } from './plant.ts';
import { createRandom, type Random } from './random.ts';
import { reportOf } from './report.ts';
import { runScan } from './scan-run.ts';
import { score } from './score.ts';
import { wholeCarriers } from './whole.ts';

const METHOD = `A corpus is made in a temporary folder: one key of every kind in every carrier. Kinds are the registry's, each key drawn anew
within its detector's pattern and proof, and formats of our own table (*), made without the registry. Then the command
\`keyfuse scan --format jsonl --fingerprint sha256\` reads the folder, and each finding is compared by file, overlapping place and
SHA-256 of the key. No key is printed.`;

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const carriers = [
  ...clearCarriers,
  ...encodedCarriers,
  ...chainedCarriers,
  ...brokenCarriers,
  ...unusualCarriers,
  ...wholeCarriers,
];
const registry = detectors(detectorSettings.parse({}));
const issuers = new Map(registry.map(({ id, issuer }) => [id, issuer]));
const issuerOf = (detector: string): string => issuers.get(detector) ?? detector;

const makersOf = ({ quick }: Options, random: Random): readonly KeyMaker[] => {
  const all = [...registry.flatMap((detector) => createDerived(detector, random) ?? []), ...createFormats(random)];
  return quick ? all.filter(({ issuer }, at) => issuer === 'workos' || at % 5 === 0) : all;
};

const makeCorpus = (folder: string, options: Options) => {
  const random = createRandom(options.seed);
  const all = makersOf(options, random);
  const { only = '', quick } = options;
  const makers = all.some(({ issuer }) => issuer === only) ? all.filter(({ issuer }) => issuer === only) : all;
  const wanted = makers === all ? carriers.filter(({ name, group }) => `${group} ${name}`.includes(only)) : carriers;
  const plants = [
    ...plantCarriers(folder, { makers, carriers: wanted, random }),
    ...(only ? [] : plantBorders(folder, { makers, random, files: quick ? 12 : 60 })),
  ];
  const decoys = only && makers === all ? [] : makeDecoys({ makers, registry, random }, quick ? 20 : 150);
  return { makers, plants, decoys: plantDecoys(folder, decoys) };
};

const measure = async (options: Options): Promise<boolean> => {
  const folder = mkdtempSync(join(tmpdir(), 'keyfuse-truth-'));
  try {
    const { makers, plants, decoys } = makeCorpus(folder, options);
    const run = await runScan(folder);
    const result = score(plants, decoys, run.findings);
    const goals = goalsOf(result);
    const { date, node, load } = describeMachine();
    const stale = makers.filter(({ fresh }) => !fresh).map(({ kind }) => kind);
    say(
      `\nKeyfuse truth, ${date}, seed ${options.seed}${options.quick ? ' (--quick: not to be quoted)' : ''}\n\n${METHOD}\n`,
    );
    say(
      `${makers.length} kinds, ${plants.length} keys, ${decoys.length} decoys; ${run.findings.length} findings in ${run.seconds.toFixed(1)} s (Node ${node}, load ${load}), exit ${run.exit}.`,
    );
    if (stale.length > 0) say(`Only the registry's own examples of: ${stale.join(', ')}.`);
    if (run.errors) say(`It said: ${run.errors.trim()}`);
    say(`\n${reportOf(result, goals, { ...options, issuerOf })}`);
    if (options.keep) say(`\nKept: ${folder}`);
    return goals.every(({ met }) => met);
  } finally {
    if (!options.keep) rmSync(folder, { recursive: true, force: true });
  }
};

helpIfAsked(
  USAGE,
  `Plants keys of every detector in every carrier, encoding and border, and decoys; scans them with \`keyfuse scan\`;
prints recall and precision.

--seed N       other keys
--quick        a fifth of the kinds, fewer decoys
--all, --most  every carrier and issuer in the tables; lines of a list
--only TEXT    carriers or issuers whose name holds it
--keep         keep what was made: made-up keys in clear
--corpus DIR   real text instead: its alarms, masked

Exit code 1 if a goal is missed.`,
);
try {
  const options = readOptions(process.argv.slice(2));
  const fine = options.corpus ? await listAlarms(options.corpus, say) : await measure(options);
  process.exitCode = fine ? 0 : 1;
} catch (error) {
  process.stderr.write(`${(error as Error).stack ?? error}\n${USAGE}\n`);
  process.exitCode = 1;
}

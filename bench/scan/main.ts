import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { detectorSettings, detectors } from '../../detectors/index.ts';
import { columns } from '../columns.ts';
import { helpIfAsked } from '../help.ts';
import { describeMachine } from '../report.ts';
import { measureCommand } from './command.ts';
import { measureHostile } from './hostile.ts';
import { measureLanes } from './lanes.ts';
import { type Cell, measureBare, measureSet, type Place } from './matrix.ts';
import { type Options, type Part, readOptions, USAGE } from './options.ts';
import { buildVectorscan, has } from './peers.ts';
import { bareTable, goalsOf, hostileTable, setTable } from './report.ts';
import { setOfRules, shippedSets } from './sets.ts';
import { readSamples, type Sample } from './texts.ts';

const METHOD = `MB/s (10^6 bytes) of CPU time, all threads of the process, garbage collection included: one core. Each round runs every engine
once, in turn; numbers are medians of rounds, ratios are taken inside a round. Ours: fragments of 1 MiB through createScanner, from
the copy into the kernel to the candidate; seats of sets that have a goal are annealed for 2 s before. Vectorscan: block mode over
the whole text in memory, an empty callback, the same expressions without look-ahead. ripgrep: -j1 -c, start taken off, on a smaller
piece where it is slow. Secretlint: its recommended preset, in process. Diffs without --diffs: this repository's, without what is about keys;
of each source file 128 KiB at most. "keyfuse scan": the command on a file in the page cache.`;

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const progress = (text: string): void => void process.stderr.write(`… ${text}\n`);

const measureSets = async (
  samples: readonly Sample[],
  place: Place,
  rules: string | undefined,
): Promise<readonly Cell[]> => {
  const bare: Cell[] = [];
  const cells: Cell[] = [];
  for (const sample of samples) {
    progress(sample.name);
    bare.push(await measureBare(sample, place));
  }
  for (const set of [...shippedSets(), ...(rules ? [setOfRules(rules)] : [])]) {
    for (const sample of samples) {
      progress(`${set.name} patterns, ${sample.name}`);
      cells.push(await measureSet(sample, set, place));
    }
  }
  say(`${bareTable(bare)}\n\n${setTable(cells)}\n`);
  return cells;
};

const missing = (place: Place, { rules }: Options): readonly string[] => [
  ...(place.vectorscan ? [] : ['Vectorscan (libvectorscan-dev and gcc)']),
  ...(has('rg') ? [] : ['ripgrep']),
  ...(rules ? [] : ['a set of rules (--rules GITLEAKS.toml)']),
];

const measure = async (folder: string, options: Options): Promise<boolean> => {
  const { quick, diffs, only } = options;
  const { cpus, model, memoryGb, node, system, date, load } = describeMachine();
  const place: Place = { folder, rounds: quick ? 2 : 5, vectorscan: buildVectorscan(folder) };
  say(`\nKeyfuse scan bench, ${date}${quick ? ' (--quick: too short to quote)' : ''}\n\n${METHOD}\n`);
  const busy = `${load > 0.5 ? 'NOT QUIET: ' : ''}load ${load} before the start`;
  say(`Machine: ${cpus} × ${model}, ${memoryGb} GB, ${system}, Node ${node}; ${busy}.`);
  const absent = missing(place, options);
  say(absent.length > 0 ? `Not here, so not compared: ${absent.join(', ')}.\n` : '');
  const wants = (part: Part): boolean => only.includes(part);
  const samples = readSamples(quick ? 8e6 : 48e6, diffs);
  const cells = wants('sets') ? await measureSets(samples, place, options.rules) : [];
  if (wants('threads')) progress('threads');
  const all = Buffer.concat(samples.map(({ bytes }) => bytes));
  const lanes = wants('threads') ? await measureLanes(all, place.rounds) : undefined;
  if (lanes)
    say(
      `One thread ${Math.round(lanes.one)} MB/s by the clock, two ${Math.round(lanes.two)}: ${lanes.gain.toFixed(2)} ×\n`,
    );
  if (wants('command')) progress('keyfuse scan');
  const large = { samples, length: quick ? 1e8 : 1e9, rounds: quick ? 1 : 3 };
  const command = wants('command') ? await measureCommand(folder, large) : undefined;
  if (command)
    say(`keyfuse scan, ${large.length / 1e9} GB: ${Math.round(command.wallRate)} MB/s by the clock, start included\n`);
  if (wants('hostile')) progress('hostile inputs');
  const hostile = wants('hostile') ? measureHostile(detectors(detectorSettings.parse({})), quick ? 1e6 : 4e6) : [];
  if (wants('hostile')) say(`${hostileTable(hostile)}\n`);
  const goals = goalsOf(cells, { lanes, command, hostile });
  say(
    columns(
      ['goal', 'measured', ''],
      goals.map(({ name, text, met }) => [name, text, met === undefined ? '–' : met ? 'met' : 'MISSED']),
    ),
  );
  return goals.every(({ met }) => met !== false);
};

helpIfAsked(
  USAGE,
  `${METHOD}

--quick      small numbers: shows that all works
--only       one part: sets of patterns, two threads, the command, inputs made to be slow
--rules      a set of patterns more
--diffs      the text of \`git log -p\` of real projects, a file or a folder

Ends with the goals, and with exit code 1 if one is missed.`,
);
const folder = mkdtempSync(join(tmpdir(), 'keyfuse-scan-'));
try {
  process.exitCode = (await measure(folder, readOptions(process.argv.slice(2)))) ? 0 : 1;
} catch (error) {
  process.stderr.write(`${(error as Error).stack ?? error}\n${USAGE}\n`);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { helpIfAsked } from './help.ts';
import type { Scanned } from './history-process.ts';
import { makeRepository } from './history-repository.ts';
import { machineMs, median } from './numbers.ts';
import { describeMachine } from './report.ts';

const USAGE = 'npm run bench:history -- [--mb N] [--rounds N] [--repository DIR]';
const METHOD = `The same bare repository, in turn: "git log -p --all --text --diff-merges=first-parent" into a pipe that nobody keeps, and our scan of
it as a backfill does it (git's patch with no context, every added line, message and name through the scanner; no network, no topic),
in a process of its own. Ratio: git's time through ours, inside a round; 1 and more: we are as fast as git delivers.`;

const MEMORY_GOAL = 300e6;
const CHILD = join(import.meta.dirname, 'history-process.ts');
const say = (text: string): void => void process.stdout.write(`${text}\n`);
const progress = (text: string): void => void process.stderr.write(`… ${text}\n`);

/** Seconds that git takes, and how much it says. */
const delivered = async (dir: string): Promise<{ seconds: number; bytes: number }> => {
  const began = machineMs();
  const args = ['log', '-p', '--all', '--text', '--diff-merges=first-parent'];
  const git = spawn('git', args, { cwd: dir, stdio: ['ignore', 'pipe', 'inherit'] });
  let bytes = 0;
  git.stdout.on('data', (piece: Buffer) => {
    bytes += piece.length;
  });
  await once(git, 'close');
  return { seconds: (machineMs() - began) / 1_000, bytes };
};

const scanned = async (dir: string): Promise<Scanned> =>
  JSON.parse((await promisify(execFile)(process.execPath, [CHILD, dir])).stdout);

const measure = async (dir: string, rounds: number): Promise<boolean> => {
  const all: { readonly git: number; readonly ours: Scanned; readonly bytes: number }[] = [];
  for (let round = 0; round < rounds; round += 1) {
    progress(`round ${round + 1} of ${rounds}`);
    const { seconds: git, bytes } = await delivered(dir);
    all.push({ git, bytes, ours: await scanned(dir) });
  }
  const [{ bytes, ours } = { bytes: 0, ours: { found: 0 } }] = all;
  const git = median(all.map((one) => one.git));
  const scan = median(all.map((one) => one.ours.seconds));
  const ratio = median(all.map((one) => one.git / one.ours.seconds));
  const rss = Math.max(...all.map((one) => one.ours.rss));
  const rate = (seconds: number): string => `${seconds.toFixed(1)} s (${Math.round(bytes / seconds / 1e6)} MB/s)`;
  say(`git log -p: ${Math.round(bytes / 1e6)} MB in ${rate(git)}; scanned in ${rate(scan)}, ${ours.found} found`);
  const met = (is: boolean): string => (is ? 'met' : 'MISSED');
  say(`ratio ${ratio.toFixed(2)} (goal: 1 or more, ${met(ratio >= 1)})`);
  say(`most memory ${Math.round(rss / 1e6)} MB (goal: less than 300 MB, ${met(rss < MEMORY_GOAL)})`);
  return ratio >= 1 && rss < MEMORY_GOAL && ours.found > 0;
};

helpIfAsked(
  USAGE,
  `${METHOD}

--mb N            length of all patches (default 100)
--rounds N        (default 3)
--repository DIR  one that is here, instead of one that is made`,
);
const { values } = parseArgs({
  options: {
    mb: { type: 'string', default: '100' },
    rounds: { type: 'string', default: '3' },
    repository: { type: 'string' },
  },
});
const folder = mkdtempSync(join(tmpdir(), 'keyfuse-bench-'));
try {
  const { cpus, model, memoryGb, node, system, date, load } = describeMachine();
  const busy = `${load > 0.5 ? 'NOT QUIET: ' : ''}load ${load} before the start`;
  say(`\nKeyfuse history bench, ${date}\n\n${METHOD}\n`);
  say(`Machine: ${cpus} × ${model}, ${memoryGb} GB, ${system}, Node ${node}; ${busy}.\n`);
  const dir = values.repository ?? join(folder, 'made.git');
  if (!values.repository) {
    progress('a repository');
    progress(`${await makeRepository(dir, Number(values.mb) * 1e6)} commits`);
  }
  if (!(await measure(dir, Number(values.rounds)))) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

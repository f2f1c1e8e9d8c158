import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { type SpawnedWorkos, type Stock, spawnEmulatedWorkos } from '../src/demo/workos-child.ts';
import { columns } from './columns.ts';
import { helpIfAsked } from './help.ts';
import type { Looked } from './keys-process.ts';
import { machineMs } from './numbers.ts';
import { describeMachine } from './report.ts';

const USAGE = 'npm run bench:keys -- [--quick]';
const METHOD = `An emulated WorkOS in a process of its own with the limits that WorkOS publishes: 6,000 calls in 60 s, and of /user_management/*
1,000 in 10 s. "keyfuse keys list --read", as "npm run build" left it, reads all keys at 95 calls a second into a store on a real disk, and lists none;
then "keys list" and "keys report" tell of them, each in a process of its own; memory: the most that was resident. Fewest
calls: one for a hundred organizations or users, and one for the keys of each. Then the prefilter looks at 2,000,000 candidates, of which
one in a hundred ends as a key of ours.`;

const FULL: Stock = { organizations: 5_000, users: 556, each: 9 };
const QUICK: Stock = { organizations: 200, users: 20, each: 9 };
const PER_SECOND = 95;
const MEMORY_GOAL = 200e6;
const LOOK_GOAL_NS = 5_000;
const LOOKS = 2_000_000;
const MAIN = join(import.meta.dirname, '../dist/src/main.js');
const LOOKING = join(import.meta.dirname, 'keys-process.ts');
/** The command says at its end, on standard error, how much memory it took. */
const MEASURED = 'process.on("exit", () => process.stderr.write("\\nrss " + process.resourceUsage().maxRSS))';
const say = (text: string): void => void process.stdout.write(`${text}\n`);
const progress = (text: string): void => void process.stderr.write(`… ${text}\n`);

const fewestCalls = ({ organizations, users }: Stock): number =>
  Math.ceil(organizations / 100) + organizations + Math.ceil(users / 100) + users;

interface Run {
  readonly seconds: number;
  readonly rss: number;
  /** That it wrote to standard output. */
  readonly lines: number;
}

const run = async (args: readonly string[], env: Readonly<Record<string, string>>): Promise<Run> => {
  progress(args.join(' '));
  const begun = machineMs();
  const child = spawn(process.execPath, ['--import', `data:text/javascript,${MEASURED}`, MAIN, ...args], { env });
  let [lines, told] = [0, ''];
  child.stdout.on('data', (piece: Buffer) => {
    for (const byte of piece) if (byte === 10) lines += 1;
  });
  child.stderr.on('data', (piece: Buffer) => {
    told = (told + piece).slice(-200);
  });
  await once(child, 'close');
  const rss = Number(/\nrss (\d+)$/.exec(told)?.[1]) * 1_024;
  if (!rss) throw new Error(told);
  return { seconds: (machineMs() - begun) / 1_000, rss, lines };
};

const measure = async (workos: SpawnedWorkos, stock: Stock, dataDir: string): Promise<boolean> => {
  const env = {
    ...{ WORKOS_API_KEY: workos.credential, WORKOS_BASE_URL: workos.url, DATA_DIR: dataDir },
    ...{ WORKOS_REQUESTS_PER_SECOND: String(PER_SECOND), PATH: process.env['PATH'] ?? '' },
  };
  const read = await run(['keys', 'list', '--read', '--flag', 'expired'], env);
  const calls = Object.values((await workos.stats()).calls).reduce((sum, n) => sum + n, 0);
  const [listed, reported] = [await run(['keys', 'list'], env), await run(['keys', 'report'], env)];
  progress('look');
  const { ns, matches }: Looked = JSON.parse((await promisify(execFile)(process.execPath, [LOOKING], { env })).stdout);
  const fewest = fewestCalls(stock);
  const row = (what: string, { seconds, rss }: Run): readonly string[] => [
    ...[what, `${seconds.toFixed(1)} s`, `${Math.round(rss / 1e6)} MB`],
  ];
  say(columns(['', 'time', 'memory'], [row('read', read), row('keys list', listed), row('keys report', reported)]));
  const keys = (stock.organizations + stock.users) * stock.each;
  const isWhole = listed.lines === keys + 1;
  const isSharp = matches >= LOOKS / 100 && matches < LOOKS / 50;
  const isSmall = [read, listed, reported].every(({ rss }) => rss < MEMORY_GOAL);
  const met = (is: boolean): string => (is ? 'met' : 'MISSED');
  say(`\nall of ${keys.toLocaleString('en-US')} keys are listed (${met(isWhole)})`);
  say(`${calls.toLocaleString('en-US')} calls, ${(calls / fewest).toFixed(3)} times the fewest that can do`);
  say(`${(read.seconds / (fewest / PER_SECOND)).toFixed(2)} times as long as these take at ${PER_SECOND} a second`);
  say(`memory: less than 200 MB (${met(isSmall)})`);
  say(`prefilter: ${Math.round(ns)} ns a look (goal: less than 5 µs, ${met(ns < LOOK_GOAL_NS)})`);
  say(`${((matches / LOOKS) * 100).toFixed(2)} % may be ours (goal: from 1 to 2 %, ${met(isSharp)})`);
  return isWhole && isSharp && isSmall && ns < LOOK_GOAL_NS;
};

helpIfAsked(USAGE, `${METHOD}\n\n--quick  few keys: shows that all works`);
const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });
const stock = values.quick ? QUICK : FULL;
const folder = mkdtempSync(join(tmpdir(), 'keyfuse-bench-'));
const workos = await spawnEmulatedWorkos({
  credential: randomBytes(24).toString('hex'),
  rateLimit: { max: 6_000, perMs: 60_000 },
  userRateLimit: { max: 1_000, perMs: 10_000 },
});
try {
  const { cpus, model, memoryGb, node, system, date, load } = describeMachine();
  const busy = `${load > 0.5 ? 'NOT QUIET: ' : ''}load ${load} before the start`;
  say(`\nKeyfuse keys bench, ${date}\n\n${METHOD}\n`);
  say(`Machine: ${cpus} × ${model}, ${memoryGb} GB, ${system}, Node ${node}; ${busy}.\n`);
  progress(`${stock.organizations} organizations, ${stock.users} users, ${stock.each} keys for each`);
  await workos.stock(stock);
  if (!(await measure(workos, stock, join(folder, 'data')))) process.exitCode = 1;
} finally {
  await workos.close();
  rmSync(folder, { recursive: true, force: true });
}

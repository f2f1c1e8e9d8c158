import { parseArgs } from 'node:util';
import { columns } from '../columns.ts';
import { helpIfAsked } from '../help.ts';
import { describeMachine } from '../report.ts';
import { measureKills } from './kills.ts';
import {
  makeKey,
  measureFile,
  measureLatency,
  measureLongLine,
  measurePosts,
  measureScanner,
  measureSyslog,
  measureWc,
  type Rate,
} from './measures.ts';
import { measureOdd } from './odd.ts';
import { makeLines } from './text.ts';

const USAGE = 'npm run bench:logs -- [--mb N] [--rounds N] [--line-mb N] | --odd N | --kills N';
const METHOD = `Lines of about 200 bytes as services write them, a key in one of 10,000. The sources and the scanner of a daemon with all
detectors and all decoders run in a process of their own, wired as the daemon wires them, with its log, numbers and cursors; candidates are
counted and go no further. Rates are per CPU second of that process, all threads: what one core does. Bodies of HTTP are of about 8 MB, on
one kept-alive connection. Every key is counted. Latency: from the end of an append until the key in it was found, while half of what
the file source can do is appended in steps of 5 ms; the first second does not count. Memory: the most that was ever resident, the compiled detectors included.`;

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const progress = (text: string): void => void process.stderr.write(`… ${text}\n`);

/** Whatever comes, memory stays below; MB. */
const MOST_MB = 250;

interface Goal {
  readonly megabytes?: number;
  readonly lines?: number;
}

const goals: Readonly<Record<string, Goal>> = {
  'followed file': { megabytes: 500, lines: 2_500_000 },
  'POST /logs, NDJSON': { megabytes: 200 },
  'POST /v1/logs, JSON': { megabytes: 200 },
  'POST /v1/logs, protobuf': { megabytes: 200 },
  'syslog over TCP, a line each': { lines: 300_000 },
  'syslog over TCP, octet-counted': { lines: 300_000 },
};

const rateOf = ({ megabytes, lines, cpu }: Rate) => ({ megabytes: megabytes / cpu, lines: lines / cpu });

const rowOf = (rate: Rate): readonly string[] => {
  const { megabytes, lines } = rateOf(rate);
  const goal = goals[rate.way] ?? {};
  const met = megabytes >= (goal.megabytes ?? 0) && lines >= (goal.lines ?? 0);
  const wanted = [
    goal.megabytes && `${goal.megabytes} MB/s`,
    goal.lines && `${goal.lines.toLocaleString('en-US')} lines/s`,
  ];
  return [
    rate.way,
    `${Math.round(megabytes)} MB/s`,
    Math.round(lines).toLocaleString('en-US'),
    rate.peakMb > 0 ? `${Math.round(rate.peakMb)} MB` : '',
    goals[rate.way] ? `${wanted.filter(Boolean).join(', ')}: ${met ? 'met' : 'MISSED'}` : '',
  ];
};

/** The round that was least disturbed. */
const best = (rounds: readonly Rate[]): Rate => rounds.reduce((one, other) => (one.cpu <= other.cpu ? one : other));

const measure = async ({ mb, rounds, lineMb }: { mb: number; rounds: number; lineMb: number }): Promise<void> => {
  progress('lines');
  const text = makeLines(mb * 1e6, makeKey);
  const ways = new Map<string, Rate[]>();
  for (let round = 0; round < rounds; round += 1) {
    progress(`round ${round + 1} of ${rounds}`);
    const all = [
      ...[await measureWc(text), await measureScanner(text), await measureFile(text)],
      ...[...(await measurePosts(mb * 1e6)), ...(await measureSyslog(text))],
    ];
    for (const rate of all) ways.set(rate.way, [...(ways.get(rate.way) ?? []), rate]);
  }
  const bests = [...ways.values()].map(best);
  say(columns(['way', 'of one core', 'lines/s', 'most memory', 'goal'], bests.map(rowOf)));
  const of = (way: string): number =>
    rateOf(bests.find((one) => one.way.startsWith(way)) ?? { megabytes: 0, lines: 0, cpu: 1, way, peakMb: 0 })
      .megabytes;
  say(
    `\nfollowed file against the scanner alone: ${(of('followed') / of('the scanner')).toFixed(2)}; against wc -l: ${(of('followed') / of('wc')).toFixed(2)}`,
  );
  progress('latency');
  const half = (of('followed') * 1e6) / 2;
  const { p50, p99 } = await measureLatency(half, 10);
  const met = (is: boolean): string => (is ? 'met' : 'MISSED');
  say(
    `added latency at ${Math.round(half / 1e6)} MB/s: p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms (goal < 50 ms: ${met(p99 < 50)})`,
  );
  progress('a long line');
  const { file, tcp } = await measureLongLine(lineMb * 2 ** 20);
  say(
    `a line of ${lineMb} MiB: most memory ${Math.round(file)} MB in a file, ${Math.round(tcp)} MB over TCP (goal < ${MOST_MB} MB: ${met(Math.max(file, tcp) < MOST_MB)})`,
  );
};

helpIfAsked(
  USAGE,
  `${METHOD}

--mb N       length of the lines (default 500)
--rounds N   the best of so many (default 3)
--line-mb N  length of the long line, MiB (default 1024)
--odd N      instead: so many MiB of empty lines, of NULs and of invalid UTF-8, with a key behind each, by each way (1000: a
             billion empty lines)
--kills N    instead: kill -9 a daemon so many times while keys leak into a file that is rotated, a topic of a Kafka of our
             own, by POST /logs and by syslog over TCP, and count the keys that live at the end (about 2 s a kill)`,
);
const { values } = parseArgs({
  options: {
    mb: { type: 'string', default: '500' },
    rounds: { type: 'string', default: '3' },
    'line-mb': { type: 'string', default: '1024' },
    kills: { type: 'string' },
    odd: { type: 'string' },
  },
});
const measureCrashes = async (kills: number): Promise<void> => {
  const { leaked, imbalance, verified } = await measureKills(kills, progress);
  say(`${kills} times kill -9 under load`);
  say(
    columns(
      ['way', 'keys leaked', 'live at the end', 'goal'],
      leaked.map(({ way, replays, keys, lost }) => {
        const goal = replays ? `0: ${lost === 0 ? 'met' : 'MISSED'}` : 'none: nothing is sent again';
        return [way, `${keys}`, `${lost}`, goal];
      }),
    ),
  );
  say(`\nledger imbalance ${imbalance}, audit verify ${verified}`);
  const isMet = leaked.every(({ replays, lost }) => !replays || lost === 0) && imbalance === 0 && verified === 0;
  if (!isMet) process.exitCode = 1;
};

const sayOdd = async (mib: number): Promise<void> => {
  const rates = await measureOdd(mib);
  const isMet = ({ peakMb }: Rate): boolean => peakMb < MOST_MB;
  const rows = rates.map((rate) => [...rowOf(rate).slice(0, -1), `< ${MOST_MB} MB: ${isMet(rate) ? 'met' : 'MISSED'}`]);
  say(columns(['way', 'of one core', 'lines/s', 'most memory', 'goal'], rows));
  if (!rates.every(isMet)) process.exitCode = 1;
};

const { cpus, model, memoryGb, node, system, date, load } = describeMachine();
say(`\nKeyfuse log bench, ${date}\n\n${METHOD}\n`);
const busy = `${load > 0.5 ? 'NOT QUIET: ' : ''}load ${load} before the start`;
say(`Machine: ${cpus} × ${model}, ${memoryGb} GB, ${system}, Node ${node}; ${busy}.\n`);
if (values.odd) await sayOdd(Number(values.odd));
else if (values.kills) await measureCrashes(Number(values.kills));
else await measure({ mb: Number(values.mb), rounds: Number(values.rounds), lineMb: Number(values['line-mb']) });

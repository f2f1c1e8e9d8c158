import { readAskSettings, readScanSettings, type ScanSettings } from '../config-read.ts';
import { publicText } from '../core/origin.ts';
import { type FoundPath, filesBelow, filesNotIgnored } from '../sources/paths.ts';
import { type Exit, exits, type Io, isMisuse, misuse, say } from './io.ts';
import { createBaseline, createBaselineWriter, nameOf, readBaseline } from './scan-baseline.ts';
import { scanFiles } from './scan-files.ts';
import { scanHistories } from './scan-history.ts';
import type { ScanOptions as Options } from './scan-options.ts';
import { planOf } from './scan-plan.ts';
import { remotesIn } from './scan-remote.ts';
import { fingerprintOf, openSeed, type ScanSeed, type Seeded } from './scan-seed.ts';
import { sinceOf } from './scan-since.ts';
import { jobsOf, keyHint, seedOf } from './scan-start.ts';
import { createTally } from './scan-summary.ts';
import { createTells } from './scan-tells.ts';
import { jsonlOutput, type ScanOutput, textOutput } from './scan-text.ts';
import { checkUsage } from './scan-usage.ts';

export interface ScanOptions extends Options {
  /** Of Keyfuse. */
  readonly version: string;
}

/** Scans files, folders, histories and `-` (standard input) once. Exit 1 when something was found. */
export const scan = async (paths: readonly string[], options: ScanOptions, io: Io): Promise<Exit> => {
  const settings = await readScanSettings({ env: io.env, file: options.config });
  try {
    return await run(paths, { options, settings, io });
  } catch (error) {
    if (!isMisuse(error)) throw error;
    say(io.stderr, `keyfuse: ${error.message} (try 'keyfuse scan --help')`);
    return exits.usage;
  }
};

interface Run {
  readonly options: ScanOptions;
  readonly settings: ScanSettings;
  readonly io: Io;
}

const run = async (paths: readonly string[], { options, settings, io }: Run): Promise<Exit> => {
  checkUsage(options);
  const remotes = remotesIn(paths, options);
  const since = options.since === undefined ? undefined : sinceOf(options.since, Date.now());
  const { seed, named } = seedOf(options, settings);
  const lists = openLists(options, seed, named ? undefined : keyHint(settings));
  const seeded = await openSeed(seed, io);
  const tally = createTally(Date.now, { unit: options.git ? 'commit' : 'file', since: since?.shown });
  const output = await outputOf(options, seeded, io);
  const { steps, progress } = planned(paths, options, io);
  const asking = options.validate ? await openAsking({ options, io }, seeded) : undefined;
  const tells = createTells({ ...lists, ...progress, ...(asking && { asking }), seeded, named, io, tally, output });
  if (steps) await scanFiles(steps, { seed, seeded, jobs: jobsOf(options), io, tells });
  else await scanHistories(paths, { seed, seeded, remotes, options, io, tells, ...(since && { since: since.ms }) });
  const isWhole = !io.stop.aborted;
  for (const finding of (await asking?.answers()) ?? []) tells.write(finding);
  tells.clear();
  if (io.stop.aborted) say(io.stderr, `keyfuse: ended early, so this is incomplete: ${tally.summary()}`);
  if (!isWhole) return exits.usage;
  output.end(tally.unread);
  const { found } = tally.count;
  if (options.format === 'jsonl' && found > 0 && !named)
    say(io.stderr, `keyfuse: no fingerprints, ${keyHint(settings)}`);
  if (options.format === 'text' && !io.stop.aborted) say(io.stderr, tally.summary());
  if (lists.writer) return wrote(lists.writer.write(), options, io);
  if (lists.baseline) tellBaseline(lists.baseline, io);
  // A key that was found is never hidden behind a path that could not be read: that one is named above.
  if (found > 0) return exits.findings;
  return tally.unread.length > 0 ? exits.usage : exits.fine;
};

const openAsking = async ({ options, io }: Pick<Run, 'options' | 'io'>, { detectors }: Seeded) => {
  const { createAsking } = await import('./scan-validate.ts');
  const settings = await readAskSettings({ env: io.env, file: options.config });
  return createAsking({ settings, detectors, io });
};

/** The baselines that are asked for. Errors: misuse, before anything is scanned. */
const openLists = (options: ScanOptions, seed: ScanSeed, nameless: string | undefined) => {
  const { baseline, writeBaseline: file, reason, expires } = options;
  if (!baseline && !file) return {};
  if (nameless) throw misuse(`a baseline needs fingerprints that stay the same, ${nameless}`);
  const name = nameOf(options.fingerprint, fingerprintOf(seed));
  const now = Date.now();
  return {
    ...(baseline && { baseline: createBaseline(readBaseline(baseline, name), now) }),
    ...(file && { writer: createBaselineWriter({ file, name, reason, expires, now }) }),
  };
};

const tellBaseline = ({ expired, idle }: ReturnType<typeof createBaseline>, { stderr }: Io): void => {
  if (expired > 0) say(stderr, `keyfuse: warning: ${expired} entries of the baseline have expired`);
  if (idle() > 0) say(stderr, `keyfuse: ${idle()} entries of the baseline hid nothing: these keys are gone from here`);
};

const wrote = (listed: number, { writeBaseline }: ScanOptions, { stderr }: Io): Exit => {
  say(stderr, `keyfuse: ${listed} listed in ${publicText(writeBaseline ?? '')}`);
  return exits.fine;
};

const outputOf = async (
  { format, version }: ScanOptions,
  { detectors }: Seeded,
  { stdout: to }: Io,
): Promise<ScanOutput> => {
  if (format === 'text') return textOutput(to);
  if (format === 'jsonl') return jsonlOutput(to);
  const { sarifOutput } = await import('./scan-sarif.ts');
  return sarifOutput({ to, version, detectors });
};

/**
 * The files to be scanned; none for histories. With a progress bar all of them are looked up first, for the bar must know
 * how much there is.
 */
const planned = (paths: readonly string[], options: ScanOptions, { env, stderr }: Io) => {
  const bar = options.progress && 'isTTY' in stderr && stderr.isTTY === true;
  if (options.git || options.staged) return { progress: { ...(bar && { progress: 'commits' as const }) } };
  const found = function* (): Generator<FoundPath> {
    for (const path of paths) yield* options.gitignore ? filesNotIgnored(path, env) : filesBelow(path);
  };
  if (!bar) return { steps: planOf(found()) };
  const all = [...found()];
  const bytes = all.reduce((sum, one) => sum + (one.kind === 'file' ? one.size : 0), 0);
  return { steps: planOf(all), progress: { progress: { bytes } } };
};

#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { describeBackfill } from './cli/backfill-options.ts';
import { addQuestions } from './cli/commands.ts';
import { configFile, type Does, json, role } from './cli/commands-options.ts';
import { type Exit, exits, explain, type Io } from './cli/io.ts';
import { describeScan } from './cli/scan-options.ts';
import { systemClock } from './core/clock.ts';

// Not a named import: an older Node would end at it with a riddle.
if (typeof nodeModule.enableCompileCache !== 'function') {
  process.stderr.write(`keyfuse: this is Node ${process.versions.node}, and 24.4 or later is needed; in a checkout
'npm run -s keyfuse -- …' brings its own\n`);
  process.exit(78);
}
// A third of a short command's time is compiling. Not where Node would put it: others may write to /tmp.
const cacheHome = process.env['XDG_CACHE_HOME'] || (process.env['HOME'] && join(process.env['HOME'], '.cache'));
if (cacheHome) nodeModule.enableCompileCache(join(cacheHome, 'keyfuse'));

const stop = new AbortController();
const io: Io = {
  env: process.env,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  stop: stop.signal,
  onHangup: (hear) => void (process.stdin.isTTY || process.on('SIGHUP', hear)),
};

/** The package's, found from `src/` and from `dist/src/` alike. */
const version = ((): string => {
  const near = ['../package.json', '../../package.json'].map((path) => new URL(path, import.meta.url));
  for (const path of near) {
    try {
      return String(JSON.parse(readFileSync(path, 'utf8')).version);
    } catch {
      // The other place.
    }
  }
  return 'unknown';
})();

let exit: Exit = exits.fine;
/** An action whose exit code becomes ours. Commands are loaded when they run: `--help` needs none of them. */
const does: Does =
  (load, act) =>
  async (...args) => {
    exit = await act(await load(), ...args);
  };
const program = new Command('keyfuse')
  .description('A fuse for API keys: the moment a live key leaks, it is cut.')
  .version(version)
  .showHelpAfterError("(try 'keyfuse --help')")
  .exitOverride()
  .addHelpText(
    'after',
    `
Examples:
  keyfuse demo                       see keys leak and die on this machine, nothing else needed
  keyfuse run                        the daemon, with WORKOS_API_KEY and WEBHOOK_SECRET in the environment
  kubectl logs -f api | keyfuse run --stdin
  keyfuse scan . --format jsonl      what keys stand in these files? Nothing is sent anywhere
  keyfuse backfill acme/app          what keys stand in its whole past on GitHub?
  keyfuse audit verify               has anybody changed the journal?

Exit codes: 0 fine · 1 findings (scan) or tampering (verify) · 2 usage · 70 bug or lost state · 75 no answer: try again · 78 bad configuration
Settings: docs/configuration.md, or 'keyfuse config print'.`,
  );

program
  .command('run')
  .description('run the daemon: watch, judge, delete, prove, record')
  .addOption(role())
  .addOption(configFile())
  .option('--stdin', 'read log lines from standard input')
  .option('--follow <file...>', 'follow these log files')
  .action(
    does(
      () => import('./cli/run.ts'),
      ({ run }, options) => run(options, version, io),
    ),
  );

describeScan(program.command('scan'))
  .addOption(configFile())
  .action(
    does(
      () => import('./cli/scan.ts'),
      ({ scan }, paths, options) => scan(paths, { ...options, version }, io),
    ),
  );

describeBackfill(program.command('backfill'))
  .addOption(configFile())
  .addOption(json())
  .action(
    does(
      () => import('./cli/backfill.ts'),
      ({ backfill }, repositories, options) => backfill(repositories, { ...options, version }, io),
    ),
  );

program
  .command('demo')
  .description('the whole pipeline on this machine, against emulated WorkOS and GitHub')
  .option('--once', 'leak one of each, then end; exit 0 only if all went right')
  .addOption(json())
  .addHelpText('after', '\nWith npm, clean JSON on standard output: npm run -s demo -- --once --json')
  .action(
    does(
      () => import('./cli/demo.ts'),
      ({ demo }, options) => demo(options, version, io),
    ),
  );

addQuestions(program, { does, io });

/** npm passes on what the terminal told all of us: so soon it is the same wish, and what has begun to end may end. */
const SAME_WISH_MS = 1_000;
/** It comes that late at most; while a process ends, nobody hears it, and it would be killed in its last breath. */
const PASSED_ON_MS = 100;
let asked: number | undefined;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    const now = performance.now();
    if (asked !== undefined && now - asked > SAME_WISH_MS) process.exit(130);
    asked ??= now;
    stop.abort();
  });
}
// A reader that closes early (`| head`) is no fault.
process.stdout.on('error', () => process.exit(exits.fine));

try {
  await program.parseAsync();
} catch (error) {
  exit = error instanceof CommanderError ? (error.exitCode === 0 ? exits.fine : exits.usage) : explain(error, io);
}
if (asked !== undefined) await systemClock.sleep(asked + PASSED_ON_MS - performance.now());
process.exitCode = exit;

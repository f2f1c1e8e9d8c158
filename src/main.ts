#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { Command, CommanderError, Option } from 'commander';
import { type Exit, exits, explain, type Io } from './cli/io.ts';
import { describeScan } from './cli/scan-options.ts';

// A third of a short command's time is compiling. Not where Node would put it: others may write to /tmp.
const cacheHome = process.env['XDG_CACHE_HOME'] || (process.env['HOME'] && join(process.env['HOME'], '.cache'));
if (cacheHome) enableCompileCache(join(cacheHome, 'keyfuse'));

const stop = new AbortController();
const io: Io = {
  env: process.env,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  stop: stop.signal,
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
const does =
  <M, A extends unknown[]>(load: () => Promise<M>, act: (cli: M, ...args: A) => Exit | Promise<Exit>) =>
  async (...args: A): Promise<void> => {
    exit = await act(await load(), ...args);
  };
const audit = () => import('./cli/audit.ts');
const config = () => import('./cli/config.ts');
const detectors = () => import('./cli/detectors.ts');
const incidents = () => import('./cli/incidents.ts');
const parked = () => import('./cli/parked.ts');

const configFile = () =>
  new Option('-c, --config <file>', 'settings; without it ./keyfuse.yaml if it is there (environment: KEYFUSE_CONFIG)');
const json = () => new Option('--json', 'JSON for machines');
const dataDir = () => new Option('--data-dir <dir>', 'where the daemon keeps its data; without it as the settings say');
const role = () =>
  new Option('--role <role>', 'which half to run; apart they need Kafka')
    .choices(['all', 'scan', 'respond'])
    .default('all');

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
  keyfuse audit verify               has anybody changed the journal?

Exit codes: 0 fine · 1 findings (scan) or tampering (verify) · 2 usage · 70 bug or lost state · 78 bad configuration
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

const auditing = program.command('audit').description('the journal: what was done, by whom, why');
auditing
  .command('verify')
  .description('check the whole hash chain; exit 1 when anything was changed, cut or removed')
  .addOption(dataDir())
  .addOption(configFile())
  .addOption(json())
  .action(does(audit, (cli, options) => cli.verify(options, io)));

const parking = program.command('parked').description('messages set aside because they could never succeed');
parking
  .command('list')
  .description('all of them, oldest first')
  .addOption(configFile())
  .addOption(json())
  .action(does(parked, (cli, options) => cli.list(options, io)));
parking
  .command('show')
  .description('why one is parked, and where its key was found')
  .argument('<message>')
  .addOption(configFile())
  .action(does(parked, (cli, id, options) => cli.show(id, options, io)));
for (const kind of ['redrive', 'discard'] as const) {
  parking
    .command(kind)
    .description(kind === 'redrive' ? 'put one back, from its first attempt' : 'drop one for good')
    .argument('<message>')
    .addOption(configFile())
    .requiredOption('--why <reason>', 'stands in the journal')
    .action(does(parked, (cli, message, options) => cli.change({ kind, message, why: options.why }, options, io)));
}

const incident = program.command('incidents').description('what was seen and done, key by key');
incident
  .command('list')
  .description('newest first')
  .addOption(dataDir())
  .addOption(configFile())
  .addOption(json())
  .action(does(incidents, (cli, options) => cli.list(options, io)));
incident
  .command('show')
  .description('one incident, whole')
  .argument('<incident>')
  .addOption(dataDir())
  .addOption(configFile())
  .action(does(incidents, (cli, id, options) => cli.show({ ...options, id }, io)));

program
  .command('detectors')
  .description('the kinds of keys that are known')
  .command('list')
  .description('each kind, and what happens to it')
  .action(does(detectors, (cli) => cli.list(io)));

const configuring = program.command('config').description('the settings');
configuring
  .command('check')
  .description('would the daemon start? Every fault is listed, exit 78')
  .addOption(configFile())
  .addOption(role())
  .action(does(config, (cli, options) => cli.check(options, io)));
configuring
  .command('print')
  .description('every setting, its variable and the value in force; secrets hidden')
  .addOption(configFile())
  .addOption(role())
  .action(does(config, (cli, options) => cli.print(options, io)));

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (stop.signal.aborted) process.exit(130); // asked twice
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
process.exitCode = exit;

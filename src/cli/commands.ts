import { type Command, InvalidArgumentError, Option } from 'commander';
import { keyFlags } from '../core/keeper.ts';
import type { Exit, Io } from './io.ts';

/** An action whose exit code becomes ours. Commands are loaded when they run: `--help` needs none of them. */
export type Does = <M, A extends unknown[]>(
  load: () => Promise<M>,
  act: (cli: M, ...args: A) => Exit | Promise<Exit>,
) => (...args: A) => Promise<void>;

interface Acting {
  readonly does: Does;
  readonly io: Io;
}

const calibrate = () => import('./calibrate.ts');
const audit = () => import('./audit.ts');
const config = () => import('./config.ts');
const detectors = () => import('./detectors.ts');
const incidents = () => import('./incidents.ts');
const keys = () => import('./keys.ts');
const parked = () => import('./parked.ts');

export const configFile = () =>
  new Option('-c, --config <file>', 'settings; without it ./keyfuse.yaml if it is there (environment: KEYFUSE_CONFIG)');
export const json = () => new Option('--json', 'JSON for machines');
const dataDir = () => new Option('--data-dir <dir>', 'where the daemon keeps its data; without it as the settings say');
export const role = () =>
  new Option('--role <role>', 'which half to run; apart they need Kafka')
    .choices(['all', 'scan', 'respond'])
    .default('all');

/**
 * The commands that ask what was done and how things are set up, and that mend what was set aside. They come last: then
 * every command there is learns to name its own help.
 */
export const addQuestions = (program: Command, acting: Acting): void => {
  addAudit(program, acting);
  addParked(program, acting);
  addIncidents(program, acting);
  addKeys(program, acting);
  addCalibrate(program, acting);
  addSetUp(program, acting);
  nameHelp(program, program.name());
};

/** After wrong usage the help of that command is named, not that of all. */
const nameHelp = (command: Command, name: string): void => {
  command.showHelpAfterError(`(try '${name} --help')`);
  for (const below of command.commands) nameHelp(below, `${name} ${below.name()}`);
};

const addAudit = (program: Command, { does, io }: Acting): void => {
  const auditing = program.command('audit').description('the journal: what was done, by whom, why');
  auditing
    .command('verify')
    .description('check the whole hash chain; exit 1 when anything was changed, cut or removed')
    .addOption(dataDir())
    .addOption(configFile())
    .addOption(json())
    .action(does(audit, (cli, options) => cli.verify(options, io)));
};

const addParked = (program: Command, { does, io }: Acting): void => {
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
};

const addIncidents = (program: Command, { does, io }: Acting): void => {
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
    .addOption(json())
    .action(does(incidents, (cli, id, options) => cli.show({ ...options, id }, io)));
};

const flags = (name: string, help: string) => new Option(`${name} <flag...>`, help).choices(keyFlags);
const reading = () => new Option('--read', 'ask the issuer for all keys now, whatever the daemon knows');

const addKeys = (program: Command, { does, io }: Acting): void => {
  const inventory = program.command('keys').description('all keys that the issuer has, and what is wrong with them');
  inventory
    .command('list')
    .description('oldest first: whose, how old, used when, may do what, and its flags')
    .addOption(flags('--flag', 'only keys with one of these'))
    .option('--organization <id>', 'only keys of this one')
    .addOption(new Option('--format <format>', 'how to print them').choices(['table', 'json', 'csv']).default('table'))
    .addOption(flags('--fail-on', 'exit 1 when a key that is listed has one of these'))
    .addOption(reading())
    .addOption(configFile())
    .action(does(keys, (cli, options) => cli.list(options, io)));
  inventory
    .command('show')
    .description('one key, whole')
    .argument('<key>')
    .addOption(reading())
    .addOption(configFile())
    .addOption(json())
    .action(does(keys, (cli, id, options) => cli.show({ ...options, id }, io)));
  inventory
    .command('report')
    .description('how many keys have which flag, and whose; exit 1 when any has one')
    .addOption(reading())
    .addOption(configFile())
    .addOption(json())
    .action(does(keys, (cli, options) => cli.report(options, io)));
};

const samples = (text: string): number => {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 2 || count > 20)
    throw new InvalidArgumentError('It is a whole number, 2 to 20.');
  return count;
};

const addCalibrate = (program: Command, { does, io }: Acting): void => {
  program
    .command('calibrate')
    .description('learn how keys of an environment look, from some that may do nothing; they are removed again')
    .requiredOption('--organization <id>', 'a test organization that they are made in')
    .option('--environment <name>', 'of the settings; without it the first')
    .addOption(new Option('--samples <count>', 'keys that are made').argParser(samples).default(5))
    .addOption(configFile())
    .addOption(json())
    .addHelpText(
      'after',
      '\nExit 1 when the settings in force would not find such keys. Nothing stays behind, also when it is interrupted: what\ncould not be removed is by the next call, and ends by itself within 15 minutes.',
    )
    .action(does(calibrate, (cli, options) => cli.calibrate(options, io)));
};

const addSetUp = (program: Command, { does, io }: Acting): void => {
  program
    .command('github')
    .description('our place on GitHub')
    .command('doctor')
    .description(
      'permissions, webhooks, last deliveries: what is wrong, and what to mend; exit 78 when there is something',
    )
    .addOption(configFile())
    .addOption(json())
    .action(
      does(
        () => import('./github.ts'),
        (cli, options) => cli.doctor(options, io),
      ),
    );

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
};

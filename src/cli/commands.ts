import type { Command } from 'commander';
import { addCalibrate, addKeys } from './commands-keys.ts';
import { type Acting, configFile, dataDir, json, role } from './commands-options.ts';

const audit = () => import('./audit.ts');
const config = () => import('./config.ts');
const detectors = () => import('./detectors.ts');
const incidents = () => import('./incidents.ts');
const parked = () => import('./parked.ts');

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

import { type Command, InvalidArgumentError, Option } from 'commander';
import { type KeyFlag, keyFlags } from '../core/keeper.ts';
import { type Acting, configFile, json, numberOf } from './commands-options.ts';

const calibrate = () => import('./calibrate.ts');
const keys = () => import('./keys.ts');
const rotate = () => import('./rotate.ts');

/** Several, behind each other or with commas between. */
const flags = (name: string, help: string) =>
  new Option(`${name} <flag...>`, `${help} (${keyFlags.join(', ')})`).argParser(
    (text: string, before: readonly KeyFlag[] = []): readonly KeyFlag[] => [
      ...before,
      ...text.split(',').map((one) => {
        const flag = keyFlags.find((known) => known === one.trim());
        if (flag) return flag;
        throw new InvalidArgumentError(`It is one of ${keyFlags.join(', ')}.`);
      }),
    ],
  );
const reading = () => new Option('--read', 'ask the issuer for all keys now, whatever the daemon knows');

export const addKeys = (program: Command, { does, io }: Acting): void => {
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
  addRotation(inventory, { does, io });
};

const ROTATE_HELP = `
Where keys belong stands in keys.rotation.targets of keyfuse.yaml, or is given with --sink. The old key lives until the new
one is proved, and then for its grace; docs/keys.md tells each step.

Examples:
  keyfuse keys rotate api_key_01…                             how it would be done: nothing is
  keyfuse keys rotate api_key_01… --yes                       do it
  keyfuse keys rotate --all-stale --limit 20 --yes            the oldest first; the first failure ends it
  keyfuse keys rotate api_key_01… --sink file:///run/k --yes  somewhere else, once

Exit codes: 0 all are proved (old keys may still have their grace) · 1 one is not, or has failed · 2 usage`;

const addRotation = (inventory: Command, { does, io }: Acting): void => {
  inventory
    .command('rotate')
    .description('make a new key, put it where it belongs, prove it, and delete the old one after a grace')
    .argument('[key...]', 'ids of keys')
    .option('--yes', 'do it; without it only the plan is shown')
    .option('--all-stale', 'all keys that are stale and have a target, in waves; a failure ends it')
    .addOption(
      new Option('--limit <count>', 'of --all-stale, at most so many').argParser(numberOf(1, 10_000)).default(10),
    )
    .option('--sink <reference>', 'where the new key is put, instead of what the settings say')
    .addOption(new Option('--grace-hours <hours>', 'instead of what the settings say').argParser(numberOf(0, 8_760)))
    .option('--status', 'what rotations there are, with their ids; exit 1 when one failed')
    .option('--resume', 'do what is due of those that are under way')
    .option('--cancel <rotation>', 'end one that is under way: the old key lives on, unless its deletion has begun')
    .addOption(reading())
    .option('--forget <rotation>', 'do not hear of a failure any more; the schedule goes on')
    .addOption(configFile())
    .addOption(json())
    .addHelpText('after', ROTATE_HELP)
    .action(
      does(rotate, (cli, ids, options) => {
        if (options.status) return cli.status(options, io);
        if (options.resume) return cli.resume(options, io);
        if (options.cancel) return cli.cancel(options.cancel, options, io);
        return options.forget ? cli.forget(options.forget, options, io) : cli.rotate(ids, options, io);
      }),
    );
};

export const addCalibrate = (program: Command, { does, io }: Acting): void => {
  program
    .command('calibrate')
    .description('learn how keys of an environment look, from some that may do nothing; they are removed again')
    .requiredOption('--organization <id>', 'a test organization that they are made in', (text) => {
      if (/^[\w-]{1,128}$/.test(text)) return text;
      throw new InvalidArgumentError('It is the id of an organization.');
    })
    .option('--environment <name>', 'of the settings; without it the first')
    .addOption(new Option('--samples <count>', 'keys that are made').argParser(numberOf(2, 20)).default(5))
    .addOption(configFile())
    .addOption(json())
    .addHelpText(
      'after',
      '\nExit 1 when the settings in force would not find such keys. Nothing stays behind, also when it is interrupted: what\ncould not be removed is by the next call, and ends by itself within 15 minutes.',
    )
    .action(does(calibrate, (cli, options) => cli.calibrate(options, io)));
};

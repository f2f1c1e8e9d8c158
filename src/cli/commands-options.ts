import { InvalidArgumentError, Option } from 'commander';
import type { Exit, Io } from './io.ts';

/** An action whose exit code becomes ours. Commands are loaded when they run: `--help` needs none of them. */
export type Does = <M, A extends unknown[]>(
  load: () => Promise<M>,
  act: (cli: M, ...args: A) => Exit | Promise<Exit>,
) => (...args: A) => Promise<void>;

export interface Acting {
  readonly does: Does;
  readonly io: Io;
}

export const configFile = () =>
  new Option('-c, --config <file>', 'settings; without it ./keyfuse.yaml if it is there (environment: KEYFUSE_CONFIG)');
export const json = () => new Option('--json', 'JSON for machines');
export const dataDir = () =>
  new Option('--data-dir <dir>', 'where the daemon keeps its data; without it as the settings say');
export const role = () =>
  new Option('--role <role>', 'which half to run; apart they need Kafka')
    .choices(['all', 'scan', 'respond'])
    .default('all');

/** For `argParser`: a number within these bounds. */
export const numberOf =
  (least: number, most: number) =>
  (text: string): number => {
    const given = Number(text);
    if (text.trim() !== '' && given >= least && given <= most) return given;
    throw new InvalidArgumentError(`It is a number, ${least} to ${most}.`);
  };

import { parseArgs } from 'node:util';

export const parts = ['sets', 'threads', 'command', 'hostile'] as const;
export type Part = (typeof parts)[number];

export interface Options {
  readonly quick: boolean;
  readonly only: readonly Part[];
  /** A gitleaks configuration: the third set of patterns. */
  readonly rules: string | undefined;
  /** Text of `git log -p`, a file or a folder of such; without it, this repository's own history. */
  readonly diffs: string | undefined;
}

export const USAGE = `npm run bench:scan -- [--quick] [--only ${parts.join('|')}] [--rules GITLEAKS.toml] [--diffs PATH]`;

/** Errors: a word that is none of ours. */
export const readOptions = (args: readonly string[]): Options => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      rules: { type: 'string' },
      diffs: { type: 'string' },
    },
  });
  const { quick, only, rules, diffs } = values;
  const part = parts.find((one) => one === only);
  if (only !== undefined && !part) throw new Error(`${only}: not one of ${parts.join(', ')}`);
  return { quick, rules, diffs, only: part ? [part] : parts };
};

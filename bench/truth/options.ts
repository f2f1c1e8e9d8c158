import { parseArgs } from 'node:util';

export interface Options {
  readonly seed: number;
  /** A fifth of the makers, fewer decoys: shows that all works. */
  readonly quick: boolean;
  /** Every carrier and issuer in the tables. */
  readonly all: boolean;
  /** Lines per list. */
  readonly most: number;
  /** Keep what was made (it holds made-up keys in clear). */
  readonly keep: boolean;
  /** Only carriers, or issuers, whose name holds this. */
  readonly only: string | undefined;
  /** Real text instead: alarms are listed, masked. */
  readonly corpus: string | undefined;
}

export const USAGE =
  'npm run bench:truth -- [--seed N] [--quick] [--all] [--most LINES] [--only TEXT] [--keep] [--corpus DIR]';

/** Errors: what is no option of ours. */
export const readOptions = (args: readonly string[]): Options => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seed: { type: 'string', default: '1' },
      quick: { type: 'boolean', default: false },
      all: { type: 'boolean', default: false },
      most: { type: 'string', default: '25' },
      keep: { type: 'boolean', default: false },
      only: { type: 'string' },
      corpus: { type: 'string' },
    },
  });
  const { quick, all, keep, only, corpus } = values;
  return { quick, all, keep, only, corpus, seed: Number(values.seed), most: Number(values.most) };
};

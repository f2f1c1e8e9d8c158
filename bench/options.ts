import { parseArgs } from 'node:util';

export const kinds = ['latency', 'judge', 'publish', 'burst'] as const;
export type Kind = (typeof kinds)[number];
export const topicNames = ['embedded', 'kafka'] as const;
export type TopicName = (typeof topicNames)[number];

export interface Options {
  readonly kinds: readonly Kind[];
  readonly topics: readonly TopicName[];
  /** Small numbers, one round: shows that all works, measures badly. */
  readonly quick: boolean;
  /** Where the results go as JSON too. */
  readonly json: string | undefined;
  /** Folder for CPU profiles of the daemon. */
  readonly profile: string | undefined;
}

export const USAGE = `npm run bench -- [--only ${kinds.join('|')}] [--topic ${topicNames.join('|')}|all] [--quick] [--json FILE] [--profile DIR]`;

const chosen = <T extends string>(word: string | undefined, all: readonly T[]): readonly T[] => {
  if (word === undefined || word === 'all') return all;
  const one = all.find((it) => it === word);
  if (!one) throw new Error(`${word}: not one of ${all.join(', ')}`);
  return [one];
};

/** Errors: a word that is none of ours. */
export const readOptions = (args: readonly string[]): Options => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string' },
      topic: { type: 'string' },
      quick: { type: 'boolean', default: false },
      json: { type: 'string' },
      profile: { type: 'string' },
    },
  });
  const { only, topic, quick, json, profile } = values;
  return { kinds: chosen(only, kinds), topics: chosen(topic, topicNames), quick, json, profile };
};

import type { z } from 'zod';
import { Settings } from './config.ts';
import { leaves } from './config-leaves.ts';

/** The faults of a configuration: by name, never with a value. */
export interface FaultList {
  /** Adds one, but a setting that is wrong already is not blamed twice. */
  add(path: readonly PropertyKey[], why: string): void;
  addText(sentence: string): void;
  /** A setting whose store cannot be reached: nobody knows whether it is wrong, so it is not blamed from then on. */
  wait(path: readonly PropertyKey[], why: string): void;
  readonly sentences: readonly string[];
  readonly waiting: readonly string[];
}

export const createFaultList = (): FaultList => {
  const sentences = new Map<string, string>();
  const waiting = new Map<string, string>();
  const put = (list: Map<string, string>, path: readonly PropertyKey[], why: string): void => {
    const name = nameOf(path.map(String));
    if (!sentences.has(name) && !waiting.has(name)) list.set(name, `${name}: ${why}`);
  };
  return {
    add: (path, why) => put(sentences, path, why),
    addText: (sentence) => void sentences.set(sentence, sentence),
    wait: (path, why) => put(waiting, path, why),
    get sentences() {
      return [...sentences.values()];
    },
    get waiting() {
      return [...waiting.values()];
    },
  };
};

/** A stranger's name is repeated only if it looks like a name: a key pasted in the wrong place must not be printed. */
const NAME = /^[A-Za-z_-]{1,40}$/;

/** What the schema says of the settings, in our words. */
export const addIssue = (issue: z.core.$ZodIssue, faults: FaultList): void => {
  if (issue.code !== 'unrecognized_keys') {
    faults.add(issue.path, issue.message.replace(/^Invalid (input|option|string): /, ''));
    return;
  }
  for (const key of issue.keys) {
    const shown = NAME.test(key) ? key : '(a name that is not shown)';
    faults.add([...issue.path, shown], 'there is no such setting');
  }
};

/** `github.webhookSecret (WEBHOOK_SECRET)`; a member of a list by its place, `revocations.urls.0 (REVOCATION_URLS)`. */
export const nameOf = (path: readonly string[]): string => {
  const name = path.join('.');
  const leaf = leaves(Settings).find((one) => `${name}.`.startsWith(`${one.path.join('.')}.`));
  return leaf?.env ? `${name} (${leaf.env})` : name || 'the configuration';
};

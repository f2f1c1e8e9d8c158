import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { Fault } from '../core/errors.ts';
import { publicText } from '../core/origin.ts';
import type { Rule } from '../scan/rule.ts';
import { extended, type Pack, readPack } from '../scan/rules/pack.ts';
import { createRules } from '../scan/rules/rules.ts';
import { UnusablePack } from '../scan/rules/unusable-pack.ts';
import { type Io, say } from './io.ts';

/** Packs that extend packs; gitleaks follows as many. */
const DEEPEST = 2;

/**
 * Rules of a gitleaks or betterleaks configuration (`--rules FILE`). Each that cannot be used is named on standard error with
 * the reason; a file of which nothing can be used is a fault. This file is imported only when there are rules to read.
 */
export const readRules = (file: string, { stderr }: Pick<Io, 'stderr'>): readonly Rule[] => {
  const tell = (from: string, what: string, reason: string): void =>
    say(stderr, `keyfuse: ${publicText(from)}: ${publicText(what)} is not used: ${publicText(reason)}`);
  const { rules, unusable } = createRules(readWith(file, tell, 0));
  for (const { what, reason } of unusable) tell(file, what, reason);
  say(stderr, `keyfuse: ${publicText(file)}: ${rules.length} rules`);
  return rules;
};

const readWith = (file: string, tell: (file: string, what: string, reason: string) => void, depth: number): Pack => {
  const pack = readOne(file);
  const { path, usedefault, url } = pack.extend;
  if (usedefault)
    tell(file, 'extend.useDefault', 'Keyfuse brings no other tool’s rules; give their file with extend.path');
  if (url) tell(file, 'extend.url', 'Keyfuse fetches no rules; save them and give their file with extend.path');
  if (!path) return pack;
  if (depth < DEEPEST) return extended(pack, readWith(resolve(dirname(file), path), tell, depth + 1));
  tell(file, 'extend.path', 'packs are followed two deep');
  return pack;
};

const readOne = (file: string): Pack => {
  try {
    return readPack(readFileSync(file, 'utf8'));
  } catch (error) {
    const reason = error instanceof UnusablePack ? error.message : (error as NodeJS.ErrnoException).code;
    if (reason === undefined) throw error;
    throw new Fault('config.invalid', `--rules ${publicText(file)} cannot be used (${publicText(reason)})`);
  }
};

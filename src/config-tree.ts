import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type * as z from 'zod';
import type { FaultList } from './config-faults.ts';
import { type Leaf, leaves } from './config-leaves.ts';
import type { Environment } from './secrets/env.ts';
import { isReference } from './secrets/reference.ts';

type Tree = Record<string, unknown>;

export interface Given {
  readonly env: Environment;
  readonly file?: string | undefined;
}

/** The file with the environment over it, as far as the schema goes; references in the place of secrets. */
export const readTree = (schema: z.ZodType, { env, file }: Given, faults: FaultList): Tree => {
  const tree = readFile(file ?? env['KEYFUSE_CONFIG'], faults);
  for (const leaf of leaves(schema)) overlay(tree, leaf, env);
  return tree;
};

const readFile = (named: string | undefined, faults: FaultList): Tree => {
  const file = named || 'keyfuse.yaml';
  if (!existsSync(file)) {
    if (named) faults.addText(`the configuration file ${file} does not exist`);
    return {};
  }
  try {
    // Loaded where there is a file: most scans have none, and should begin at once.
    const { parse }: typeof import('yaml') = createRequire(import.meta.url)('yaml');
    const tree: unknown = parse(readFileSync(file, 'utf8'), { maxAliasCount: 100, logLevel: 'error' });
    if (tree === null || (typeof tree === 'object' && !Array.isArray(tree))) return { ...tree };
    faults.addText(`${file} must hold settings by name`);
  } catch (error) {
    faults.addText(`${file} ${unreadable(error)}`);
  }
  return {};
};

/** The parser's message quotes the line; its position is enough. */
const unreadable = (error: unknown): string => {
  const { code, linePos } = error as { code?: string; linePos?: { line: number; col: number }[] };
  const [at] = linePos ?? [];
  if (at) return `is not YAML (line ${at.line}, column ${at.col})`;
  return code?.startsWith('E') ? `cannot be read (${code})` : 'is not YAML';
};

const overlay = (tree: Tree, { path, env: name, secret }: Leaf, env: Environment): void => {
  const value = name && given(name, secret, env);
  if (!value) return;
  let at = tree;
  for (const step of path.slice(0, -1)) {
    const next = at[step] ?? {};
    if (typeof next !== 'object') return; // wrong in the file: the schema says so
    const copy: Tree = { ...next };
    at[step] = copy;
    at = copy;
  }
  at[path.at(-1) ?? ''] = value;
};

/** What the environment says of a setting; a variable that is empty says nothing. */
const given = (name: string, secret: boolean, env: Environment): string | undefined => {
  const text = env[name];
  if (!secret) return text;
  const file = env[`${name}_FILE`];
  if (!text) return file && `file://${file}`;
  // A reference to itself marks the text as coming from the environment, where a literal is usual.
  return isReference(text.trim()) ? text : `env://${name}`;
};

/** The tree without what is wrong in it, so that the rules between settings can be tried on the rest. */
export const without = (tree: unknown, issues: readonly z.core.$ZodIssue[]): unknown => {
  for (const issue of issues) {
    const member = issue.path.findIndex((step) => typeof step === 'number');
    const path = member < 0 ? issue.path : issue.path.slice(0, member);
    if (issue.code === 'unrecognized_keys' && member < 0) for (const key of issue.keys) remove(tree, [...path, key]);
    else remove(tree, path);
  }
  return tree;
};

const remove = (tree: unknown, path: readonly PropertyKey[]): void => {
  const [step, ...rest] = path;
  if (step === undefined || typeof tree !== 'object' || tree === null) return;
  if (rest.length === 0) Reflect.deleteProperty(tree, step);
  else remove(Reflect.get(tree, step), rest);
};

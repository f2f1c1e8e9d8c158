import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { isLoopback, Settings } from './config.ts';
import { Fault } from './core/errors.ts';
import { Secret } from './core/secret.ts';

export type Role = 'all' | 'scan' | 'respond';
type Environment = Readonly<Record<string, string | undefined>>;
type Tree = Record<string, unknown>;

/** One setting at the end of a path, as the schema tells it. */
export interface Leaf {
  readonly path: readonly string[];
  readonly env?: string;
  readonly secret: boolean;
  readonly help: string;
  readonly schema: z.ZodType;
}

/**
 * The settings of `keyfuse.yaml` (if there is one) with those of the environment over them.
 * Errors: `Fault` `config.invalid`, whose message lists every fault by name, a line each, and no value.
 */
export const readConfig = (needs: { env: Environment; file?: string | undefined; role: Role }): Settings => {
  const { env, role } = needs;
  const faults: string[] = [];
  const tree = readTree(needs.file ?? env['KEYFUSE_CONFIG'], faults);
  for (const leaf of leaves(Settings)) overlay(tree, leaf, env);
  resolveSecrets(tree, { env, faults, schema: Settings, path: [] });
  const parsed = Settings.safeParse(tree);
  if (!parsed.success) faults.push(...parsed.error.issues.flatMap(sentences));
  else faults.push(...missing(parsed.data, role));
  if (!parsed.success || faults.length > 0)
    throw new Fault('config.invalid', `\n  - ${[...new Set(faults)].join('\n  - ')}`);
  return parsed.data;
};

const readTree = (named: string | undefined, faults: string[]): Tree => {
  const file = named ?? 'keyfuse.yaml';
  if (!existsSync(file)) {
    if (named) faults.push(`the configuration file ${file} does not exist`);
    return {};
  }
  try {
    const tree: unknown = parseYaml(readFileSync(file, 'utf8'), { maxAliasCount: 100 });
    if (tree === null || typeof tree === 'object') return { ...tree };
    faults.push(`${file} must hold settings by name`);
  } catch (error) {
    // The parser's message quotes the line; its position is enough.
    const at = (error as { linePos?: { line: number; col: number }[] }).linePos?.[0];
    faults.push(`${file} is not YAML${at ? ` (line ${at.line}, column ${at.col})` : ''}`);
  }
  return {};
};

/** Every setting of the schema, lists apart, in order. */
export const leaves = (schema: z.ZodType, path: readonly string[] = []): readonly Leaf[] => {
  const { inner, about } = unwrap(schema);
  if (inner instanceof z.ZodObject && path.at(-1) !== undefined && about['env'])
    throw new Error('a group has no variable');
  if (inner instanceof z.ZodObject)
    return Object.entries(inner.shape).flatMap(([name, child]) => leaves(child as z.ZodType, [...path, name]));
  const name = about['env'];
  return [
    {
      ...{ path, schema, secret: about['secret'] === true, help: String(about['description'] ?? '') },
      ...(typeof name === 'string' && { env: name }),
    },
  ];
};

/** The schema below `optional` and defaults, and what all layers say of it. */
const unwrap = (schema: z.ZodType): { inner: z.ZodType; about: Tree } => {
  const about = { ...schema.meta() };
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) {
    const deeper = unwrap(schema.unwrap() as z.ZodType);
    return { inner: deeper.inner, about: { ...deeper.about, ...about } };
  }
  return { inner: schema, about };
};

const overlay = (tree: Tree, { path, env: name, secret }: Leaf, env: Environment): void => {
  if (!name) return;
  const file = secret ? env[`${name}_FILE`] : undefined;
  // A reference to itself marks the value as coming from the environment, where a literal is usual.
  const value =
    secret && env[name] && !isReference(env[name]) ? `env://${name}` : (env[name] ?? (file && `file://${file}`));
  if (value === undefined || value === '') return;
  let at = tree;
  for (const step of path.slice(0, -1)) {
    const next = at[step];
    const copy: Tree = typeof next === 'object' && next !== null ? { ...next } : {};
    at[step] = copy;
    at = copy;
  }
  at[path.at(-1) ?? ''] = value;
};

interface Resolving {
  readonly env: Environment;
  readonly faults: string[];
  readonly schema: z.ZodType;
  readonly path: readonly string[];
}

/** Puts the secrets in the place of their references, all over the tree. */
const resolveSecrets = (value: unknown, { schema, ...resolving }: Resolving): unknown => {
  const { inner, about } = unwrap(schema);
  if (about['secret'] === true) return typeof value === 'string' ? resolve(value, resolving) : value;
  if (inner instanceof z.ZodArray && Array.isArray(value)) {
    const schema = inner.element as z.ZodType;
    value.forEach((one, at) => {
      value[at] = resolveSecrets(one, { ...resolving, schema, path: [...resolving.path, String(at)] });
    });
  } else if (inner instanceof z.ZodObject && typeof value === 'object' && value !== null) {
    const tree = value as Tree;
    for (const [name, child] of Object.entries(inner.shape)) {
      if (tree[name] === undefined) continue;
      tree[name] = resolveSecrets(tree[name], {
        ...resolving,
        schema: child as z.ZodType,
        path: [...resolving.path, name],
      });
    }
  }
  return value;
};

const isReference = (text: string): boolean => /^(ref\+)?[a-z]+:\/\//.test(text);

const resolve = (reference: string, { env, faults, path }: Omit<Resolving, 'schema'>): Secret | undefined => {
  const fail = (why: string) => {
    faults.push(`${nameOf(path)}: ${why}`);
    return undefined;
  };
  if (!isReference(reference))
    return fail('is a secret: give a reference such as env://NAME or file:///path, not the text');
  const variable = /^env:\/\/(.+)$/.exec(reference)?.[1];
  if (variable) return env[variable] ? new Secret(env[variable]) : fail(`the variable ${variable} is not set`);
  if (!reference.startsWith('file://')) return fail('this kind of reference is not known; use env:// or file://');
  try {
    const path = reference.startsWith('file:///') ? fileURLToPath(reference) : reference.slice('file://'.length);
    const text = readFileSync(path, 'utf8').trim();
    return text === '' ? fail('the file is empty') : new Secret(text);
  } catch (error) {
    return fail(`the file cannot be read (${(error as NodeJS.ErrnoException).code ?? 'bad path'})`);
  }
};

const sentences = (issue: z.core.$ZodIssue): readonly string[] => {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => `${nameOf([...issue.path.map(String), key])}: there is no such setting`);
  return [`${nameOf(issue.path.map(String))}: ${issue.message.replace(/^Invalid (input|option): /, '')}`];
};

/** `github.webhookSecret (WEBHOOK_SECRET)`. */
const nameOf = (path: readonly string[]): string => {
  const name = path.join('.');
  const leaf = leaves(Settings).find((one) => one.path.join('.') === name);
  return leaf?.env ? `${name} (${leaf.env})` : name || 'the configuration';
};

/** What is right alone and wrong together. */
const missing = ({ workos, github, logs, topic, http }: Settings, role: Role): readonly string[] => {
  const need = (when: boolean, path: string, why: string) => (when ? [`${nameOf(path.split('.'))}: ${why}`] : []);
  const scans = role !== 'respond';
  const names = workos.environments.map(({ name }) => name);
  const kafka = topic.brokers.length > 0;
  return [
    ...need(
      role !== 'scan' && !workos.apiKey && names.length === 0,
      'workos.apiKey',
      'is missing; nothing could be judged or deleted',
    ),
    ...need(new Set(names).size !== names.length, 'workos.environments', 'two environments have the same name'),
    ...need(
      scans && !github.webhookSecret && logs.files.length === 0 && !logs.stdin && !logs.token,
      'github.webhookSecret',
      'is missing, and no log source is set either: nothing would be watched',
    ),
    ...need(
      scans && !isLoopback(http.host) && !logs.token && !github.webhookSecret,
      'logs.token',
      'is needed when HOST is not loopback',
    ),
    ...need(role !== 'all' && !kafka, 'topic.brokers', 'is needed to run roles apart'),
    ...need(kafka && !topic.sealKeys, 'topic.sealKeys', 'is needed with Kafka: every role must hold the same keys'),
    ...need(
      kafka && !topic.fingerprintKey,
      'topic.fingerprintKey',
      'is needed with Kafka: every role must hold the same key',
    ),
    ...need(
      topic.saslMechanism !== undefined && (!topic.saslUsername || !topic.saslPassword),
      'topic.saslPassword',
      'and topic.saslUsername are needed to sign in',
    ),
  ];
};

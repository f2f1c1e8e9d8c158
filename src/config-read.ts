import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import * as z from 'zod';
import { Settings } from './config.ts';
import { addIssue, createFaultList, type FaultList } from './config-faults.ts';
import { type Leaf, leaves } from './config-leaves.ts';
import { addMissing, type Role } from './config-rules.ts';
import { type Environment, isReference, resolveSecrets } from './config-secrets.ts';
import { Fault } from './core/errors.ts';

export type { Role } from './config-rules.ts';

type Tree = Record<string, unknown>;

/**
 * The settings of `keyfuse.yaml` (if there is one) with those of the environment over them.
 * Errors: `Fault` `config.invalid`, whose message lists every fault by name, a line each, and no value.
 */
export const readConfig = (needs: { env: Environment; file?: string | undefined; role?: Role }): Settings => {
  const faults = createFaultList();
  const resolved = gather(Settings, needs, faults);
  const parsed = Settings.safeParse(resolved);
  for (const issue of parsed.error?.issues ?? []) addIssue(issue, faults);
  const settings = parsed.data ?? Settings.safeParse(without(resolved, parsed.error.issues)).data;
  if (settings) addMissing(settings, needs.role, faults);
  if (!parsed.success || faults.sentences.length > 0) throw invalid(faults);
  return parsed.data;
};

/** What scanning files needs of the settings; the rest may be wrong or belong to another machine. */
const ScanSettings = z.object({
  ...Settings.pick({ dataDir: true, detectors: true }).shape,
  topic: Settings.shape.topic.unwrap().pick({ brokers: true, fingerprintKey: true }).strip().prefault({}),
});
export type ScanSettings = z.infer<typeof ScanSettings>;

/** The same, and what asking the issuers needs. */
const AskSettings = z.object({ ...ScanSettings.shape, workos: Settings.shape.workos });
export type AskSettings = z.infer<typeof AskSettings>;

/** What asking the issuers for all of their keys needs. */
const KeysSettings = z.object(Settings.pick({ dataDir: true, workos: true, keys: true }).shape);
export type KeysSettings = z.infer<typeof KeysSettings>;

/** What reading from GitHub needs. */
const GithubSettings = z.object({ github: Settings.shape.github });

type Needs = { env: Environment; file?: string | undefined };

/** As `readConfig`, but reads, resolves and blames only what scanning files needs. */
export const readScanSettings = (needs: Needs): ScanSettings => readPart(ScanSettings, needs);
export const readGithubSettings = (needs: Needs): z.infer<typeof GithubSettings> => readPart(GithubSettings, needs);
export const readKeysSettings = (needs: Needs): KeysSettings => readPart(KeysSettings, needs);
export const readAskSettings = (needs: Needs): AskSettings => readPart(AskSettings, needs);

const readPart = <S extends z.ZodType>(schema: S, needs: Needs): z.output<S> => {
  const faults = createFaultList();
  const parsed = schema.safeParse(gather(schema, needs, faults));
  for (const issue of parsed.error?.issues ?? []) addIssue(issue, faults);
  if (!parsed.success || faults.sentences.length > 0) throw invalid(faults);
  return parsed.data;
};

const invalid = ({ sentences }: FaultList): Fault => new Fault('config.invalid', `\n  - ${sentences.join('\n  - ')}`);

/** The file with the environment over it and the secrets in their places, as far as the schema goes. */
const gather = (
  schema: z.ZodType,
  { env, file }: { env: Environment; file?: string | undefined },
  faults: FaultList,
): unknown => {
  const tree = readTree(file ?? env['KEYFUSE_CONFIG'], faults);
  for (const leaf of leaves(schema)) overlay(tree, leaf, env);
  return resolveSecrets(tree, { env, faults, schema, path: [] });
};

const readTree = (named: string | undefined, faults: FaultList): Tree => {
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
const without = (tree: unknown, issues: readonly z.core.$ZodIssue[]): unknown => {
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

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import type { FaultList } from './config-faults.ts';
import { unwrap } from './config-leaves.ts';
import { Secret } from './core/secret.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

interface Resolving {
  readonly env: Environment;
  readonly faults: FaultList;
  readonly schema: z.ZodType;
  readonly path: readonly string[];
}

/** `value` with the secrets in the place of their references, all over the tree. */
export const resolveSecrets = (value: unknown, { schema, ...resolving }: Resolving): unknown => {
  if (value === null) return undefined; // `github:` with nothing behind it
  const { inner, about } = unwrap(schema);
  const child = (value: unknown, name: string, schema: z.ZodType) =>
    resolveSecrets(value, { ...resolving, schema, path: [...resolving.path, name] });
  if (about['secret'] === true)
    return typeof value === 'string' ? resolve(value, { ...resolving, lines: about['lines'] === true }) : value;
  if (inner instanceof z.ZodArray && Array.isArray(value))
    return value.map((one, at) => child(one, String(at), inner.element as z.ZodType));
  if (inner instanceof z.ZodObject && typeof value === 'object' && value !== null && !Array.isArray(value))
    return Object.fromEntries(
      Object.entries(value).map(([name, one]) => {
        const schema = Object.hasOwn(inner.shape, name) ? inner.shape[name] : undefined;
        return [name, schema ? child(one, name, schema as z.ZodType) : one];
      }),
    );
  return value;
};

/** Text that names a secret instead of being one. */
export const isReference = (text: string): boolean => /^(ref\+)?[a-z]+:\/\//.test(text);

interface Given extends Omit<Resolving, 'schema'> {
  /** It may have several lines. */
  readonly lines: boolean;
}

const resolve = (given: string, { env, faults, path, lines }: Given): Secret | undefined => {
  const reference = given.trim();
  const fail = (why: string) => void faults.add(path, why);
  if (!isReference(reference))
    return fail('is a secret: give a reference such as env://NAME or file:///path, not the text');
  if (reference.startsWith('env://')) return fromVariable(reference.slice('env://'.length), env, { fail, lines });
  if (reference.startsWith('file://')) return fromFile(reference, { fail, lines });
  return fail('this kind of reference is not known; use env:// or file://');
};

interface How {
  readonly lines: boolean;
  fail(why: string): undefined;
}

const fromVariable = (name: string, env: Environment, { fail, lines }: How): Secret | undefined => {
  // A key pasted behind `env://` must not be printed.
  if (!/^[A-Z_][A-Z0-9_]{0,63}$/.test(name)) return fail('env:// must name a variable, in capitals');
  const text = env[name];
  if (!text) return fail(`the variable ${name} is not set`);
  if (isReference(text.trim())) return fail(`the variable ${name} holds a reference that nobody resolved`);
  if (text.trim() === '') return fail(`the variable ${name} is blank`);
  return secretOf(text, lines, () => fail(`the variable ${name} ${BROKEN}`));
};

const fromFile = (reference: string, { fail, lines }: How): Secret | undefined => {
  try {
    const path = reference.startsWith('file:///') ? fileURLToPath(reference) : reference.slice('file://'.length);
    const text = readFileSync(path, 'utf8');
    return text.trim() === '' ? fail('the file is empty') : secretOf(text, lines, () => fail(`the file ${BROKEN}`));
  } catch (error) {
    return fail(`the file cannot be read (${(error as NodeJS.ErrnoException).code ?? 'bad path'})`);
  }
};

const BROKEN = 'holds a line break or a control character';

/** Without the white space around it, which editors and shells leave; inside, no header could carry it. */
const secretOf = (text: string, lines: boolean, fail: () => undefined): Secret | undefined =>
  /\p{Cc}/u.test(lines ? text.trim().replace(/\r?\n/g, '') : text.trim()) ? fail() : new Secret(text.trim());

import * as z from 'zod';
import { type FaultList, nameOf } from './config-faults.ts';
import { unwrap } from './config-leaves.ts';
import { Secret } from './core/secret.ts';
import { isReference, type Place, parseReference } from './secrets/reference.ts';
import { type Found, isTrouble, type Trouble } from './secrets/store.ts';
import { usable } from './secrets/text.ts';

/** A secret of the settings, and where it came from. */
export interface SecretOrigin {
  /** The setting, for people. */
  readonly name: string;
  readonly place: Place;
  /** It may have several lines. */
  readonly lines: boolean;
  readonly found: Found;
}

interface Resolving {
  readonly schema: z.ZodType;
  readonly path: readonly string[];
  readonly faults: FaultList;
  /** What stands at a place. */
  readonly lookUp: (place: Place) => Found | Trouble;
  /** Hears of every secret that was found. */
  readonly note?: (origin: SecretOrigin) => void;
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

interface Given extends Omit<Resolving, 'schema'> {
  readonly lines: boolean;
}

const resolve = (given: string, { faults, path, lines, lookUp, note }: Given): Secret | undefined => {
  const reference = given.trim();
  if (!isReference(reference))
    return void faults.add(path, 'is a secret: give a reference such as env://NAME or file:///path, not the text');
  const place = parseReference(reference);
  if ('why' in place) return void faults.add(path, place.why);
  const found = usable(lookUp(place), place, { lines });
  if (!isTrouble(found)) {
    note?.({ name: nameOf(path), place, lines, found });
    return found.secret;
  }
  if (found.trouble !== 'unreachable') return void faults.add(path, found.why);
  faults.wait(path, found.why);
  return new Secret(''); // so that the rest can be checked
};

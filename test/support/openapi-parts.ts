/** The components of an OpenAPI description, by kind and name. */
export type Components = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

const HERE = '#/components/';

/** The names of components that a part of a description leads to, as `schemas/alert-number`. */
export const leadsTo = (node: unknown, components: Components, found = new Set<string>()): Set<string> => {
  if (typeof node !== 'object' || node === null) return found;
  for (const [key, inner] of Object.entries(node)) {
    const name = key === '$ref' && typeof inner === 'string' ? inner.replace(HERE, '') : undefined;
    if (name === undefined) leadsTo(inner, components, found);
    if (name === undefined || found.has(name)) continue;
    found.add(name);
    leadsTo(componentOf(components, name), components, found);
  }
  return found;
};

export const componentOf = (components: Components, name: string): unknown => {
  const [kind = '', part = ''] = name.split('/');
  return components[kind]?.[part];
};

/**
 * A part of an OpenAPI 3.0 description as JSON Schema, with its references below `base`. `nullable` is written out where
 * Ajv does not understand it, and `oneOf` is read as `anyOf`: of the payloads of GitHub's events one is any object, so
 * that no other could be the only one.
 */
export const spell = (node: unknown, base = HERE): unknown => {
  if (Array.isArray(node)) return node.map((one) => spell(one, base));
  if (typeof node !== 'object' || node === null) return node;
  const entries = Object.entries(node).map(([key, inner]) => {
    if (key === '$ref' && typeof inner === 'string') return [key, inner.replace(HERE, base)];
    return [key === 'oneOf' ? 'anyOf' : key, spell(inner, base)];
  });
  const schema = Object.fromEntries(entries) as Record<string, unknown>;
  if (schema['nullable'] !== true) return schema;
  if (Array.isArray(schema['enum'])) schema['enum'] = [...new Set([...schema['enum'], null])];
  if ('type' in schema) return schema;
  const { nullable: _, ...rest } = schema;
  return { anyOf: [rest, { type: 'null' }] };
};

import * as z from 'zod';

/** One setting at the end of a path, as the schema tells it. */
export interface Leaf {
  readonly path: readonly string[];
  readonly env?: string;
  readonly secret: boolean;
  readonly help: string;
  readonly schema: z.ZodType;
}

/** Every setting of the schema, in order; the members of lists are none. */
export const leaves = (schema: z.ZodType, path: readonly string[] = []): readonly Leaf[] => {
  const { inner, about } = unwrap(schema);
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
export const unwrap = (schema: z.ZodType): { inner: z.ZodType; about: Readonly<Record<string, unknown>> } => {
  const about = { ...schema.meta() };
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) {
    const deeper = unwrap(schema.unwrap() as z.ZodType);
    return { inner: deeper.inner, about: { ...deeper.about, ...about } };
  }
  return { inner: schema, about };
};

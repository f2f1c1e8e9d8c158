import type { Answer } from './http.ts';

export type Body = Readonly<Record<string, unknown>>;

export const notFound = (what: string, id: string): Answer => ({
  status: 404,
  body: { message: `${what} not found: '${id}'.`, code: 'entity_not_found', entity_id: id },
});

export const invalid = (field: string, code = 'invalid', status = 422): Answer => ({
  status,
  body: { message: 'Validation failed.', code: 'unprocessable_entity', errors: [{ field, code }] },
});

/** Undefined: not a JSON object. */
export const parseBody = (body: Buffer): Body | undefined => {
  if (body.length === 0) return {};
  try {
    const parsed: unknown = JSON.parse(body.toString());
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? (parsed as Body) : undefined;
  } catch {
    return undefined;
  }
};

/** An ISO 8601 time in ms; undefined: it is none. */
export const parseTime = (value: unknown): number | undefined => {
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\d(?:T|$)/.test(value)) return undefined;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : at;
};

export const stamp = (at: number): string => new Date(at).toISOString();

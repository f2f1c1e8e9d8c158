import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';

const text = readFileSync(new URL('../fixtures/workos.schema.json', import.meta.url), 'utf8');
/** WorkOS' own OpenAPI schemas; closed, so that a field which is not published is a fault too. */
const published = new Ajv2020({ strict: false, formats: { 'date-time': true } }).addSchema(
  JSON.parse(text, (_, value) =>
    value?.type === 'object' ? { additionalProperties: false, ...value } : value,
  ) as object,
  'workos',
);

/** What of a body is not as WorkOS publishes it. */
export const faultsOf = (schema: string, body: unknown): unknown[] => {
  const check = published.getSchema(`workos#/$defs/${schema}`);
  if (!check) throw new Error(`no schema ${schema}`);
  check(body);
  return check.errors ?? [];
};

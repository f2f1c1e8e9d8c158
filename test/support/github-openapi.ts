import { createRequire } from 'node:module';
import { Ajv, type ValidateFunction } from 'ajv';
import { createRequestCheck, type Requests } from './github-requests.ts';

interface Answering {
  readonly responses: Readonly<
    Record<string, { readonly $ref?: string; readonly content?: Readonly<Record<string, object>> }>
  >;
}

interface Described {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Answering>>>>;
  readonly components: { readonly responses: Answering['responses'] };
  readonly 'x-webhooks': Readonly<Record<string, object>>;
}

/**
 * Spells the description, in place, as JSON Schema. `nullable` is written out where Ajv does not understand it, and
 * `oneOf` is read as `anyOf`: among the payloads of events one is any object, so that no other could be the only one.
 */
const spell = (node: unknown): void => {
  if (typeof node !== 'object' || node === null) return;
  const schema = node as Record<string, unknown>;
  for (const inner of Object.values(schema)) spell(inner);
  if (Array.isArray(schema['oneOf'])) {
    schema['anyOf'] = schema['oneOf'];
    delete schema['oneOf'];
  }
  if (schema['nullable'] !== true) return;
  if (Array.isArray(schema['enum'])) schema['enum'] = [...new Set([...schema['enum'], null])];
  if ('type' in schema) return;
  const { nullable: _, ...rest } = schema;
  for (const key of Object.keys(schema)) delete schema[key];
  schema['anyOf'] = [rest, { type: 'null' }];
};

/** A part of the description, as a JSON pointer. */
const pointer = (...parts: readonly string[]): string =>
  `api#/${parts.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')}`;

/** GitHub's own OpenAPI description (@octokit/openapi), to hold requests, answers and webhooks against. */
export const openGithubOpenapi = () => {
  const require = createRequire(import.meta.url);
  const described = require('@octokit/openapi/generated/api.github.com.json') as Described;
  spell(described);
  // The description is no schema itself, and its schemas are published as right: checking them would take most of the time.
  const light = { strict: false, validateFormats: false, validateSchema: false, meta: false, inlineRefs: false };
  const schemas = new Ajv({ ...light, code: { optimize: false }, allErrors: true }).addSchema(described, 'api');
  const compiled = new Map<string, ValidateFunction>();
  const faults = (at: string, value: unknown): string[] => {
    const check = compiled.get(at) ?? schemas.compile({ $ref: at });
    compiled.set(at, check);
    check(value);
    return (check.errors ?? []).map(({ instancePath, message }) => `${instancePath}: ${message}`);
  };
  return {
    /** What is wrong with the body of an answer; `call` as in `GET /repos/{owner}/{repo}`. */
    answerFaults(call: string, status: number, body: unknown): string[] {
      const [method = '', path = ''] = call.split(' ');
      const found = described.paths[path]?.[method.toLowerCase()]?.responses[String(status)];
      if (!found) return [`${call} never answers ${status}`];
      const name = found.$ref?.split('/').at(-1);
      const content = name === undefined ? found.content : described.components.responses[name]?.content;
      if (!content) return body === undefined || body === '' ? [] : [`${call} answers ${status} without a body`];
      const where =
        name === undefined
          ? ['paths', path, method.toLowerCase(), 'responses', String(status)]
          : ['components', 'responses', name];
      return faults(
        pointer(
          ...where,
          'content',
          'application/json' in content ? 'application/json' : (Object.keys(content)[0] ?? ''),
          'schema',
        ),
        body,
      );
    },
    /** What is wrong with a request: the `check` of the emulated GitHub. */
    requestFaults: createRequestCheck(described as unknown as Requests),
    /** What is wrong with a webhook; `name` as in `issues-opened`. */
    webhookFaults(name: string, payload: unknown): string[] {
      if (!described['x-webhooks'][name]) return [`no webhook ${name}`];
      const content = ['post', 'requestBody', 'content', 'application/json', 'schema'];
      return faults(pointer('x-webhooks', name, ...content), payload);
    },
  };
};

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Ajv, type ValidateFunction } from 'ajv';
import { createRequestCheck } from './github-requests.ts';
import { type Components, componentOf, leadsTo, spell } from './openapi-parts.ts';

type Content = Readonly<Record<string, { readonly schema: object }>>;

interface Operation {
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly $ref?: string; readonly content?: Content }>>;
}

/** What is read of GitHub's description. */
interface Described {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: Components;
  readonly 'x-webhooks': Readonly<Record<string, { readonly post: Operation }>>;
}

const BASE = 'https://api.github.com/';

/** Checks values against parts of the description; of the components only what is asked for is compiled, once. */
const createShapes = (components: Components) => {
  // The schemas are published as right, and compiled plainly: checking and folding them would take most of the time.
  const light = { strict: false, validateFormats: false, validateSchema: false, meta: false, inlineRefs: false };
  const schemas = new Ajv({ ...light, code: { optimize: false }, allErrors: true });
  const compiled = new Map<object, ValidateFunction>();
  const added = new Set<string>();
  const compile = (schema: object): ValidateFunction => {
    for (const name of leadsTo(schema, components)) {
      if (!added.has(name)) schemas.addSchema(spell(componentOf(components, name), BASE) as object, BASE + name);
      added.add(name);
    }
    return schemas.compile(spell(schema, BASE) as object);
  };
  return (schema: object, value: unknown): string[] => {
    const check = compiled.get(schema) ?? compile(schema);
    compiled.set(schema, check);
    check(value);
    return (check.errors ?? []).map(({ instancePath, message }) => `${instancePath}: ${message}`);
  };
};

/** GitHub's own OpenAPI description (@octokit/openapi), to hold requests, answers and webhooks against. */
export const openGithubOpenapi = () => {
  const require = createRequire(import.meta.url);
  const file = require.resolve('@octokit/openapi/generated/api.github.com.json');
  const described = JSON.parse(readFileSync(file, 'utf8')) as Described;
  const faults = createShapes(described.components);
  return {
    /** What is wrong with the body of an answer; `call` as in `GET /repos/{owner}/{repo}`. */
    answerFaults(call: string, status: number, body: unknown): string[] {
      const [method = '', path = ''] = call.split(' ');
      const told = described.paths[path]?.[method.toLowerCase()]?.responses[String(status)];
      if (!told) return [`${call} never answers ${status}`];
      const name = told.$ref?.replace('#/components/', '');
      const { content } = name === undefined ? told : (componentOf(described.components, name) as typeof told);
      if (!content) return body === undefined || body === '' ? [] : [`${call} answers ${status} without a body`];
      const shape = content['application/json'] ?? Object.values(content)[0];
      return shape ? faults(shape.schema, body) : [];
    },
    /** What is wrong with a request: the `check` of the emulated GitHub. */
    requestFaults: createRequestCheck(described),
    /** What is wrong with a webhook; `name` as in `issues-opened`. */
    webhookFaults(name: string, payload: unknown): string[] {
      const shape = described['x-webhooks'][name]?.post.requestBody?.content['application/json'];
      return shape ? faults(shape.schema, payload) : [`no webhook ${name}`];
    },
  };
};

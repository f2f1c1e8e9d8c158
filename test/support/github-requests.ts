import { type Document, OpenAPIBackend, type Request } from 'openapi-backend';
import type { CheckedCall } from '../../src/demo/github/server.ts';
import { type Components, componentOf, leadsTo, spell } from './openapi-parts.ts';

interface Requests {
  readonly paths: Readonly<Record<string, Readonly<Record<string, object>>>>;
  readonly components: Components;
}

/** The description of one call alone, without its answers: so it is ready in some milliseconds, not in seconds. */
const prune = ({ paths, components }: Requests, call: string): Document | undefined => {
  const [verb = '', path = ''] = call.split(' ');
  const method = verb.toLowerCase();
  const described = paths[path]?.[method];
  if (!described) return undefined;
  const operation = { ...described, operationId: 'asked', responses: { 200: { description: 'any' } } };
  const kept: Record<string, Record<string, unknown>> = {};
  for (const name of leadsTo(operation, components)) {
    const [kind = '', part = ''] = name.split('/');
    kept[kind] = { ...kept[kind], [part]: componentOf(components, name) };
  }
  const about = { openapi: '3.0.3', info: { title: 'GitHub', version: '1' } };
  return spell({ ...about, paths: { [path]: { [method]: operation } }, components: kept }) as Document;
};

/**
 * Holds requests against GitHub's description, by openapi-backend: path and query (those it does not know too), body.
 * A call that it does not describe is not looked at.
 */
export const createRequestCheck = (described: Requests) => {
  const opened = new Map<string, Promise<OpenAPIBackend | undefined>>();
  const open = async (call: string): Promise<OpenAPIBackend | undefined> => {
    const definition = prune(described, call);
    const ajvOpts = { strict: false, validateFormats: false, allErrors: true } as const;
    return definition && new OpenAPIBackend({ definition, quick: true, strict: false, ajvOpts }).init();
  };
  return async ({ call, method, variables, query, headers, body }: CheckedCall): Promise<string[]> => {
    const known = opened.get(call) ?? open(call);
    opened.set(call, known);
    const backend = await known;
    if (!backend) return [];
    // A variable with slashes stands for one segment in the description.
    const path = (call.split(' ')[1] ?? '').replace(/\{(\w+)\}/g, (_, name) =>
      encodeURIComponent(variables[name] ?? ''),
    );
    const asked = { method, path, query: String(query), headers: headers as Request['headers'], body };
    const { errors } = backend.validateRequest(asked, 'asked');
    return (errors ?? []).map(
      ({ instancePath, message, params }) => `${call} ${instancePath}: ${message} ${JSON.stringify(params)}`,
    );
  };
};

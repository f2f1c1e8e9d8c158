import { type Document, OpenAPIBackend, type Request } from 'openapi-backend';
import type { CheckedCall } from '../../src/demo/github/server.ts';

type Node = Readonly<Record<string, unknown>>;

/** What is read of GitHub's description. */
export interface Requests {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Node>>>>;
  readonly components: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** The names of components that a part of the description leads to, as `schemas/alert-number`. */
const leadsTo = (node: unknown, found: Set<string>, components: Requests['components']): Set<string> => {
  if (typeof node !== 'object' || node === null) return found;
  for (const [key, inner] of Object.entries(node)) {
    const name = key === '$ref' && typeof inner === 'string' ? inner.replace('#/components/', '') : undefined;
    if (name === undefined) leadsTo(inner, found, components);
    if (name === undefined || found.has(name)) continue;
    const [kind = '', part = ''] = name.split('/');
    leadsTo(components[kind]?.[part], found.add(name), components);
  }
  return found;
};

/** The description of one call alone, without its answers: so it is ready in some milliseconds, not in seconds. */
const prune = ({ paths, components }: Requests, call: string): Document | undefined => {
  const [verb = '', path = ''] = call.split(' ');
  const method = verb.toLowerCase();
  const described = paths[path]?.[method];
  if (!described) return undefined;
  const operation = { ...described, operationId: 'asked', responses: { 200: { description: 'any' } } };
  const kept: Record<string, Record<string, unknown>> = {};
  for (const name of leadsTo(operation, new Set(), components)) {
    const [kind = '', part = ''] = name.split('/');
    kept[kind] = { ...kept[kind], [part]: components[kind]?.[part] };
  }
  const about = { openapi: '3.0.3', info: { title: 'GitHub', version: '1' } };
  return { ...about, paths: { [path]: { [method]: operation } }, components: kept } as unknown as Document;
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

import type { IncomingHttpHeaders } from 'node:http';
import type { Answer } from '../http.ts';
import type { Json } from './shapes.ts';

/** Who calls: by a token of a person, of an installation of the App (on one account), or by the App's own JWT. */
export type Caller =
  | { readonly kind: 'nobody' }
  | { readonly kind: 'user' | 'app'; readonly login: string }
  | { readonly kind: 'installation'; readonly login: string; readonly account: string };

/** A call, read: the path's variables decoded, the body parsed ({} when there is none). */
export interface Asked {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  readonly path: Readonly<Record<string, string>>;
  readonly body: Json;
  readonly caller: Caller;
}

type Act = (asked: Asked) => Answer | Promise<Answer>;

/** One call of the API, written as in GitHub's OpenAPI: `GET /repos/{owner}/{repo}`. */
export interface Route {
  readonly call: string;
  readonly act: Act;
  /** Who may: default any token; `app` needs the App's JWT, `installation` and `user` such a token. */
  readonly by?: 'app' | 'installation' | 'user' | 'anyone';
}

export type Routes<Name extends string = string> = Readonly<Record<Name, Route>>;

const DOCS = 'https://docs.github.com/rest';

export const problem = (status: number, message: string, headers: Record<string, string> = {}): Answer => ({
  status,
  headers,
  body: { message, documentation_url: DOCS, status: String(status) },
});

export const ok = (body: unknown, headers: Record<string, string> = {}): Answer => ({ status: 200, headers, body });

export const NOT_FOUND = problem(404, 'Not Found');

/** 422 as GitHub words it when a field of the body is wrong. */
export const invalid = (resource: string, field: string, code = 'invalid'): Answer => ({
  status: 422,
  body: { message: 'Validation Failed', errors: [{ resource, field, code }], documentation_url: DOCS, status: '422' },
});

/** Variables that may hold slashes. */
const WIDE = new Set(['ref', 'path', 'basehead']);

const patternOf = (call: string): RegExp => {
  const path = call.slice(call.indexOf(' ') + 1).replaceAll('.', '\\.');
  return new RegExp(`^${path.replace(/\{(\w+)\}/g, (_, name) => `(?<${name}>${WIDE.has(name) ? '.+' : '[^/]+'})`)}$`);
};

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

/** Finds the route of a method and a path; the first that fits wins, so the narrow ones come first. */
export const createFinder = <Name extends string>(routes: Routes<Name>) => {
  const known = Object.entries<Route>(routes).map(([name, route]) => ({
    name: name as Name,
    route,
    method: route.call.slice(0, route.call.indexOf(' ')),
    pattern: patternOf(route.call),
  }));
  return (method: string, path: string) => {
    for (const { name, route, method: wanted, pattern } of known) {
      const found = wanted === method ? pattern.exec(path) : null;
      if (!found) continue;
      const entries = Object.entries(found.groups ?? {}).map(([key, value]) => [key, decode(value)]);
      return { name, route, path: Object.fromEntries(entries) as Readonly<Record<string, string>> };
    }
    return undefined;
  };
};

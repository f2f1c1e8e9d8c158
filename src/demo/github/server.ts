import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Faults, play } from '../faults.ts';
import { type Answer, readBody, send } from '../http.ts';
import { type Callers, refusalOf } from './callers.ts';
import { createGitServing, isGitPath } from './git-http.ts';
import type { Limits } from './limits.ts';
import { type createFinder, NOT_FOUND, problem } from './route.ts';
import type { Json } from './shapes.ts';
import type { World } from './world.ts';

/** A call as it reached the API, for a check against GitHub's own description of it. */
export interface CheckedCall {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: Json | undefined;
}

/** Gives what is wrong with a call; nothing when it is right. */
export type Check = (call: CheckedCall) => readonly string[];

export interface ServerNeeds<Name extends string> {
  readonly find: ReturnType<typeof createFinder<Name>>;
  readonly world: World;
  readonly callers: Callers;
  readonly limits: Limits;
  readonly faults: Faults<Name | 'git' | 'unknown'>;
  readonly count: (name: Name | 'git' | 'unknown') => void;
  readonly check: Check | undefined;
  readonly latencyMs: () => number;
}

/** `/repositories/{id}/…`, where a renamed repository is found. */
const nowNamed = (path: string, { repositories }: World): string =>
  path.replace(/^\/repositories\/(\d+)/, (whole, id) => {
    const found = repositories.all().find((one) => one.id === Number(id));
    return found ? `/repos/${found.fullName}` : whole;
  });

const parse = (body: Buffer): Json | undefined => {
  if (body.length === 0) return {};
  try {
    const parsed = JSON.parse(body.toString()) as unknown;
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? (parsed as Json) : undefined;
  } catch {
    return undefined;
  }
};

/** Answers one call of the REST API. */
export const createServing = <Name extends string>(needs: ServerNeeds<Name>) => {
  const { find, world, callers, limits, faults, check } = needs;

  const act = async (request: IncomingMessage, raw: Buffer, found: ReturnType<typeof find>): Promise<Answer> => {
    const { method = '', url: target = '/', headers } = request;
    const caller = callers.of(headers.authorization ?? '');
    if ('status' in caller) return caller;
    const refused = refusalOf(caller, found?.route ?? {});
    if (refused) return refused;
    if (!found) return NOT_FOUND;
    const [body, url] = [parse(raw), new URL(nowNamed(target, world), world.place.api)];
    if (!body) return problem(400, 'Problems parsing JSON');
    const query = url.searchParams;
    const called = { method, path: url.pathname, query, headers, body: raw.length > 0 ? body : undefined };
    const wrong = check?.(called) ?? [];
    if (wrong.length > 0) return problem(422, `Invalid request.\n\n${wrong.join('\n')}`);
    const answer = await found.route.act({ method, url, headers, path: found.path, body, caller });
    if (answer.status !== 304 && String(found.name) !== 'rate_limit') limits.use();
    return { ...answer, headers: { ...limits.headers(), ...answer.headers } };
  };

  const serveGit = createGitServing(world, callers);
  const git = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    needs.count('git');
    const fault = faults.strike('git');
    const act = async () => problem(500, 'git failed');
    if (fault) request.resume();
    if (fault) return play(fault, { response, act });
    const answer = await serveGit(request, response);
    if (answer) send(response, answer);
  };

  const rest = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = nowNamed((request.url ?? '').split('?')[0] ?? '', world);
    const found = find(request.method ?? '', path);
    const name = found?.name ?? 'unknown';
    needs.count(name);
    const raw = await readBody(request);
    const latency = needs.latencyMs();
    if (latency > 0) await sleep(latency);
    const fault = faults.strike(name);
    const turn = { response, act: () => act(request, raw, found) };
    if (fault) await play(fault, turn);
    else send(response, await turn.act());
  };

  return (request: IncomingMessage, response: ServerResponse): Promise<void> =>
    isGitPath((request.url ?? '').split('?')[0] ?? '') ? git(request, response) : rest(request, response);
};

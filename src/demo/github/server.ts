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
  /** The call as GitHub's OpenAPI writes it: `GET /repos/{owner}/{repo}`. */
  readonly call: string;
  /** What the path has in the place of the call's variables, decoded. */
  readonly variables: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: Json | undefined;
}

/** Gives what is wrong with a call; nothing when it is right. */
export type Check = (call: CheckedCall) => readonly string[] | Promise<readonly string[]>;

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

type Found<Name extends string> = ReturnType<ServerNeeds<Name>['find']>;

interface Read<Name extends string> {
  readonly request: IncomingMessage;
  readonly raw: Buffer;
  readonly found: Found<Name>;
}

/** Gives the right answer to a call that was read. */
const createActing = <Name extends string>({ world, callers, limits, check }: ServerNeeds<Name>) => {
  return async ({ request, raw, found }: Read<Name>): Promise<Answer> => {
    const { method = '', url: target = '/', headers } = request;
    const caller = callers.of(headers.authorization ?? '');
    if ('status' in caller) return caller;
    const refused = refusalOf(caller, found?.route ?? {});
    if (refused) return refused;
    if (!found) return { ...NOT_FOUND, headers: limits.headers() };
    const [body, url] = [parse(raw), new URL(nowNamed(target, world), world.place.api)];
    if (!body) return problem(400, 'Problems parsing JSON');
    const { path: variables, route } = found;
    const asked = { method, call: route.call, variables, path: url.pathname, query: url.searchParams, headers };
    const wrong = (await check?.({ ...asked, body: raw.length > 0 ? body : undefined })) ?? [];
    if (wrong.length > 0) return problem(422, `Invalid request.\n\n${wrong.join('\n')}`);
    const answer = await route.act({ method, url, headers, path: variables, body, caller });
    if (answer.status !== 304 && String(found.name) !== 'rate_limit') limits.use();
    return { ...answer, headers: { ...limits.headers(), ...answer.headers } };
  };
};

/** Serves fetches and clones; of the faults only those that need no right answer can be played. */
const createGitDoor = <Name extends string>({ world, callers, count, faults }: ServerNeeds<Name>) => {
  const serveGit = createGitServing(world, callers);
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    count('git');
    const fault = faults.strike('git');
    if (fault) request.resume();
    if (fault) return play(fault, { response, act: () => problem(500, 'Server Error') });
    const answer = await serveGit(request, response);
    if (answer) send(response, answer);
  };
};

/** Answers one call: of git, or of the REST API. */
export const createServing = <Name extends string>(needs: ServerNeeds<Name>) => {
  const { find, world, faults } = needs;
  const [act, git] = [createActing(needs), createGitDoor(needs)];
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const plain = (request.url ?? '').split('?')[0] ?? '';
    if (isGitPath(plain)) return git(request, response);
    const found = find(request.method ?? '', nowNamed(plain, world));
    const name = found?.name ?? 'unknown';
    needs.count(name);
    const raw = await readBody(request);
    const latency = needs.latencyMs();
    if (latency > 0) await sleep(latency);
    const fault = faults.strike(name);
    const turn = { response, act: () => act({ request, raw, found }) };
    if (fault) await play(fault, turn);
    else send(response, await turn.act());
  };
};

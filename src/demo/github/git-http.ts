import { spawn } from 'node:child_process';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { basename, dirname } from 'node:path';
import type { Answer } from '../http.ts';
import type { Callers } from './callers.ts';
import type { Git } from './git.ts';
import { gitEnvironment } from './git-run.ts';
import { sees, type World } from './world.ts';

/** `/owner/name.git/…` or `/owner/name.wiki.git/…`, with what is asked of it. */
const PATH = /^\/([^/]+)\/([^/]+?)(\.wiki)?\.git(\/(?:info\/refs|git-upload-pack|git-receive-pack))$/;

/** Is this path one of git's, not of the REST API? */
export const isGitPath = (path: string): boolean => PATH.test(path);

/** GitHub gives any commit by its sha, and partial clones. */
const SETTINGS = ['uploadpack.allowAnySHA1InWant', 'uploadpack.allowFilter'];

const settings = (): NodeJS.ProcessEnv => ({
  GIT_CONFIG_COUNT: String(SETTINGS.length),
  ...Object.fromEntries(
    SETTINGS.flatMap((name, n) => [
      [`GIT_CONFIG_KEY_${n}`, name],
      [`GIT_CONFIG_VALUE_${n}`, 'true'],
    ]),
  ),
});

const text = (status: number, message: string, headers: Record<string, string> = {}): Answer => ({
  status,
  headers: { 'content-type': 'text/plain', ...headers },
  body: Buffer.from(`${message}\n`),
});

const PASSWORD = text(401, 'Repository not found or authentication required.', {
  'www-authenticate': 'Basic realm="GitHub"',
});

/** The repository that is meant, or why it is not served. */
const gate = async (
  world: World,
  callers: Callers,
  request: IncomingMessage,
): Promise<{ git: Git; rest: string } | Answer> => {
  const [path = '', query = ''] = (request.url ?? '').split('?');
  const [, owner = '', name = '', wiki = '', rest = ''] = PATH.exec(path) ?? [];
  const caller = callers.of(request.headers.authorization ?? '');
  if ('status' in caller) return PASSWORD;
  const found = world.repositories.find(`${owner}/${name}`);
  const moved = found ? undefined : world.repositories.moved(`${owner}/${name}`);
  const hosted = found ?? moved;
  if (!hosted || !sees(caller, hosted)) return caller.kind === 'nobody' ? PASSWORD : text(404, 'Repository not found.');
  if (moved) {
    const location = `${world.place.api}/${moved.fullName}${wiki}.git${rest}${query && `?${query}`}`;
    return text(301, 'Moved', { location });
  }
  if (`${rest}?${query}`.includes('receive-pack')) return text(403, 'Write access to repository not granted.');
  const git = wiki ? hosted.wiki : hosted.git;
  return (await git.exists()) ? { git, rest } : text(404, 'Repository not found.');
};

/** Sends on what the CGI program says: its headers, then its body as it comes. */
const relay = (out: NodeJS.ReadableStream, response: ServerResponse): void => {
  let head = Buffer.alloc(0);
  const onHead = (chunk: Buffer): void => {
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) return;
    out.off('data', onHead);
    const lines = head.subarray(0, end).toString().split('\r\n');
    const headers = lines.map((line): [string, string] => [
      line.split(': ')[0] ?? '',
      line.split(': ').slice(1).join(': '),
    ]);
    const status = Number(headers.find(([name]) => name === 'Status')?.[1].slice(0, 3) ?? 200);
    response.writeHead(status, Object.fromEntries(headers.filter(([name]) => name !== 'Status')));
    response.write(head.subarray(end + 4));
    out.pipe(response);
  };
  out.on('data', onHead);
};

/** Serves fetches and clones by git's own `http-backend` (https://git-scm.com/docs/git-http-backend). */
export const createGitServing =
  (world: World, callers: Callers) =>
  async (request: IncomingMessage, response: ServerResponse): Promise<Answer | undefined> => {
    const found = await gate(world, callers, request);
    if ('status' in found) {
      request.resume();
      return found;
    }
    const { headers, method, url = '' } = request;
    const { directory } = found.git;
    const env: NodeJS.ProcessEnv = {
      ...gitEnvironment(),
      ...settings(),
      GIT_PROJECT_ROOT: dirname(directory),
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: `/${basename(directory)}${found.rest}`,
      REQUEST_METHOD: method,
      QUERY_STRING: url.split('?')[1] ?? '',
      CONTENT_TYPE: headers['content-type'] ?? '',
      CONTENT_LENGTH: headers['content-length'],
      HTTP_CONTENT_ENCODING: headers['content-encoding'],
      GIT_PROTOCOL: String(headers['git-protocol'] ?? ''),
    };
    const backend = spawn('git', ['http-backend'], { env, stdio: ['pipe', 'pipe', 'ignore'] });
    backend.stdin.on('error', () => undefined);
    backend.on('close', () => response.end());
    response.on('close', () => backend.kill());
    request.pipe(backend.stdin);
    relay(backend.stdout, response);
    return undefined;
  };

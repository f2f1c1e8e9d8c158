import { spawn } from 'node:child_process';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Headers of the program's answer, then its body. */
const relay = (out: NodeJS.ReadableStream, response: ServerResponse): void => {
  const held: Buffer[] = [];
  out.on('data', (piece: Buffer) => held.push(piece));
  out.on('end', () => {
    const all = Buffer.concat(held);
    const end = all.indexOf('\r\n\r\n');
    const headers = all
      .subarray(0, end)
      .toString()
      .split('\r\n')
      .map((line) => line.split(': ') as [string, string]);
    const status = Number(headers.find(([name]) => name === 'Status')?.[1].slice(0, 3) ?? 200);
    response.writeHead(status, Object.fromEntries(headers)).end(all.subarray(end + 4));
  });
};

/** Serves the repositories below a folder by git's own `http-backend`; `gate` may answer instead. */
export const startGitServer = async (
  root: string,
  gate: (request: IncomingMessage, response: ServerResponse) => boolean = () => false,
) => {
  const server = createServer((request, response) => {
    if (gate(request, response)) return;
    const [path, query] = (request.url ?? '').split('?');
    const { headers, method } = request;
    const env = {
      ...{ PATH: process.env['PATH'], HOME: root, GIT_CONFIG_NOSYSTEM: '1', GIT_HTTP_EXPORT_ALL: '1' },
      ...{ GIT_PROJECT_ROOT: root, PATH_INFO: path, QUERY_STRING: query, REQUEST_METHOD: method },
      ...{ CONTENT_TYPE: headers['content-type'], HTTP_CONTENT_ENCODING: headers['content-encoding'] },
      ...{ GIT_PROTOCOL: String(headers['git-protocol'] ?? '') },
      ...{ GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'uploadpack.allowAnySHA1InWant', GIT_CONFIG_VALUE_0: 'true' },
    };
    const backend = spawn('git', ['http-backend'], { env, stdio: ['pipe', 'pipe', 'ignore'] });
    backend.stdin.on('error', () => undefined);
    request.pipe(backend.stdin);
    relay(backend.stdout, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close(): void {
      server.closeAllConnections();
      server.close();
    },
  };
};

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Ingress, IngressCall, Reply } from '../../src/core/ingress.ts';

export interface TestIngress extends Ingress {
  readonly url: string;
  close(): Promise<void>;
}

/** The smallest real ingress: a server on a loopback port. */
export const startIngress = async (port = 0): Promise<TestIngress> => {
  const answers = new Map<string, (call: IngressCall) => Promise<Reply>>();
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const door = answers.get(request.url ?? '');
    const call = { headers: request.headers, body: request, from: request.socket.remoteAddress ?? '' };
    const reply = request.method === 'POST' && door ? await door(call) : { status: 503 };
    response.writeHead(reply.status, reply.headers ?? {}).end(reply.body);
  };
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const { port: bound } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${bound}`,
    post(path, door) {
      if (door) answers.set(path, door);
      else answers.delete(path);
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

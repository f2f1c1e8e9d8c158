import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { Octokit } from '@octokit/rest';
import { sample } from '../../src/core/sample.ts';

export const GITHUB_TOKEN = sample('emulated token', 40);
export const GITHUB_SECRET = 'the webhook secret';

export interface ReceivedWebhook {
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** A receiver of webhooks that remembers them; `reply` is the status it answers with. */
export const startReceiver = async () => {
  const received: ReceivedWebhook[] = [];
  const receiver = { received, reply: 204 as number | 'never', url: '', close: () => close(server) };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      received.push({ headers: request.headers, body: Buffer.concat(chunks) });
      if (receiver.reply !== 'never') response.writeHead(receiver.reply).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const address = server.address();
  receiver.url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/api/github/webhooks`;
  return receiver;
};

export type Receiver = Awaited<ReturnType<typeof startReceiver>>;

const close = (server: Server): void => {
  server.closeAllConnections();
  server.close();
};

const silent = { debug() {}, info() {}, warn() {}, error() {} };

/** An Octokit that says nothing, for a base URL. */
export const quietOctokit = (baseUrl: string, auth: string): Octokit => new Octokit({ auth, baseUrl, log: silent });

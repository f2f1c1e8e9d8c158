import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { Octokit } from '@octokit/rest';
import { sample } from '../../src/core/sample.ts';
import type { openGithubOpenapi } from './github-openapi.ts';

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

/** Notes what answers to an Octokit have that GitHub's description does not allow. */
export const watchAnswers = (octokit: Octokit, openapi: ReturnType<typeof openGithubOpenapi>): string[] => {
  const faults: string[] = [];
  octokit.hook.after('request', ({ status, data }, { method, url }) => {
    const call = `${method} ${url}`;
    // A page that was followed by its link does not say by which path it is described.
    if (!url.startsWith('/') || status === 204) return;
    faults.push(...openapi.answerFaults(call, status, data).map((fault) => `${call} ${status} ${fault}`));
  });
  return faults;
};

/** An Octokit that says nothing, for a base URL. */
export const quietOctokit = (baseUrl: string, auth: string): Octokit => new Octokit({ auth, baseUrl, log: silent });

import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import { type Answer, listen, send, stopListening } from '../http.ts';

interface Stored {
  readonly content: Buffer;
  readonly type: string;
  readonly until: number;
  readonly once: boolean;
}

/** Where the API leads for logs and assets: another host, which is given no credential and refuses any. */
export interface Storage {
  /** A link to these bytes that answers for `forMs`, or but once. */
  link(content: Buffer, how: { readonly type: string; readonly forMs: number; readonly once?: boolean }): string;
  close(): Promise<void>;
}

const refused = (message: string): Answer => ({
  status: 403,
  headers: { 'content-type': 'application/xml' },
  body: Buffer.from(
    `<?xml version="1.0"?><Error><Code>AuthenticationFailed</Code><Message>${message}</Message></Error>`,
  ),
});

/** Starts the storage on a loopback port of its own. */
export const startStorage = async (now: () => number): Promise<Storage> => {
  const stored = new Map<string, Stored>();
  const answer = ({ url = '', headers }: IncomingMessage): Answer => {
    if (headers.authorization !== undefined) return refused('Authorization is not accepted beside a signed link.');
    const found = stored.get(url);
    if (!found || found.until < now()) return refused('The link has expired.');
    if (found.once) stored.delete(url);
    return { status: 200, headers: { 'content-type': found.type }, body: found.content };
  };
  const server = createServer((request, response) => {
    request.resume();
    send(response, answer(request));
  });
  const base = await listen(server);
  return {
    link(content, { type, forMs, once = false }) {
      const path = `/signed/${randomUUID()}?sig=${randomUUID()}`;
      stored.set(path, { content, type, once, until: now() + forMs });
      return base + path;
    },
    close: () => stopListening(server),
  };
};

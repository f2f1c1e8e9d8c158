import type { IncomingMessage, Server, ServerResponse } from 'node:http';

/** What an emulated API answers: a JSON body (or raw bytes) with a status; no body means an empty answer. */
export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

const BODY_LIMIT = 1_000_000;

/** The whole body of a request, cut at 1 MB: an emulated API has no use for more. */
export const readBody = (request: IncomingMessage): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= BODY_LIMIT) chunks.push(chunk);
    });
    request.on('end', () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)));
    request.on('error', reject);
    request.on('aborted', () => reject(new Error('the client went away')));
  });

/** JSON in which a bigint is a bare number, however large; `rawJSON` is younger than the compiler's library. */
const toJson = (value: unknown): string => {
  const { rawJSON } = JSON as unknown as { readonly rawJSON: (text: string) => unknown };
  return JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? rawJSON(String(inner)) : inner));
};

/** Sends an answer whole; JSON unless the body is a Buffer. */
export const send = (response: ServerResponse, answer: Answer): void => {
  if (answer.body === undefined) {
    response.writeHead(answer.status, { ...answer.headers });
    response.end();
    return;
  }
  const raw = Buffer.isBuffer(answer.body);
  const body = raw ? (answer.body as Buffer) : Buffer.from(toJson(answer.body));
  const type = raw ? 'application/octet-stream' : 'application/json; charset=utf-8';
  response.writeHead(answer.status, { 'content-type': type, 'content-length': body.length, ...answer.headers });
  response.end(body);
};

/** Listens on a free port of 127.0.0.1 and gives the base URL, without a slash at its end. */
export const listen = (server: Server): Promise<string> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error('no port'));
      else resolve(`http://127.0.0.1:${address.port}`);
    });
  });

/** Stops listening and cuts what is still open; resolves when the port is free. */
export const stopListening = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });

import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Heard {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A receiver on loopback: it answers with the given statuses in turn, the last of them for ever. */
export const startHook = async (...statuses: readonly number[]) => {
  const heard: Heard[] = [];
  const left = [...statuses];
  let location = '/elsewhere';
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      heard.push({
        method: request.method ?? '',
        headers: request.headers,
        body: Buffer.concat(pieces).toString(),
      });
      response.writeHead((left.length > 1 ? left.shift() : left[0]) ?? 200, { location }).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`),
    heard,
    /** From now on. */
    answer(...next: readonly number[]): void {
      left.splice(0, left.length, ...next);
    },
    redirectTo(url: URL): void {
      location = url.href;
    },
    close: (): void => {
      server.close();
      server.closeAllConnections();
    },
  };
};
export type Hook = Awaited<ReturnType<typeof startHook>>;

import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { machineMs } from './numbers.ts';

/** A door before a server that measures how long the server takes. */
export interface Meter {
  readonly url: string;
  /** Ms spent waiting for the server since the last call. */
  take(): number;
  close(): Promise<void>;
}

/** Passes every call on as it is. What the door itself costs is not counted. */
export const startMeter = async (target: string): Promise<Meter> => {
  let waited = 0;
  const server = createServer((call, reply) => {
    const from = machineMs();
    const url = new URL(call.url ?? '/', target);
    const onward = request(url, { method: call.method, headers: call.headers, agent: false }, (answer) => {
      reply.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(reply);
      answer.once('end', () => {
        waited += machineMs() - from;
      });
    });
    onward.once('error', () => reply.destroy());
    call.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    take() {
      const ms = waited;
      waited = 0;
      return ms;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

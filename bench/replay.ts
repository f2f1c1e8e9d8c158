import { createServer } from 'node:http';
import { listen, stopListening } from '../src/demo/http.ts';

/** Gives what it learnt, each 20 ms after it was asked. */
export const startReplay = async (origin: string, token: string) => {
  const known = new Map<string, Buffer>();
  let calls = 0;
  const server = createServer((call, reply) => {
    calls += 1;
    const body = known.get(call.url ?? '');
    setTimeout(() => reply.writeHead(body ? 200 : 404, { 'content-type': 'application/json' }).end(body), 20);
  });
  const url = await listen(server);
  return {
    url,
    calls: () => calls,
    async learn(path: string): Promise<void> {
      const answer = await fetch(`${origin}${path}`, { headers: { authorization: `Bearer ${token}` } });
      known.set(path, Buffer.from(await answer.arrayBuffer()));
    },
    close: () => stopListening(server),
  };
};

import type { FastifyReply } from 'fastify';
import type { Decision } from '../core/verdict.ts';
import type { Listener } from './listener.ts';
import { contentSecurityPolicy, endpoints, page, warningOf } from './page.ts';

export interface OpsNeeds {
  readonly version: string;
  readonly mode: Decision;
  /** Why nothing should be sent here now; empty when ready. From what is known already: nothing is asked. */
  ready(): readonly string[];
  /** What is wrong although senders are served. */
  degraded?(): readonly string[];
  scrape(accept?: string): Promise<{ readonly type: string; readonly body: string }>;
}

const plain = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' };

const json = (reply: FastifyReply, status: number, body: unknown): FastifyReply =>
  reply
    .code(status)
    .headers({ ...plain, 'content-type': 'application/json; charset=utf-8' })
    .send(`${JSON.stringify(body)}\n`);

/** The paths for those who watch. Read only. */
export const openOps = ({ app }: Listener, { version, mode, ready, degraded = () => [], scrape }: OpsNeeds): void => {
  const warning = warningOf(mode);
  app.addHook('onRequest', async (_call, reply) => {
    reply.header('content-security-policy', contentSecurityPolicy);
  });
  app.get('/metrics', async (call, reply) => {
    const { type, body } = await scrape(call.headers.accept);
    return reply.headers({ ...plain, 'content-type': type }).send(body);
  });
  app.get('/healthz', (_call, reply) => json(reply, 200, { ok: true }));
  app.get('/readyz', (_call, reply) => {
    const problems = ready();
    return json(reply, problems.length === 0 ? 200 : 503, {
      ready: problems.length === 0,
      problems,
      degraded: degraded(),
      mode,
      ...(warning && { warning }),
    });
  });
  app.get('/', (call, reply) => {
    const shown = { version, mode, problems: [...ready(), ...degraded()] };
    if (!call.headers.accept?.includes('text/html'))
      return json(reply, 200, { ...shown, ...(warning && { warning }), endpoints });
    return reply.headers({ ...plain, 'content-type': 'text/html; charset=utf-8' }).send(page(shown));
  });
  app.setNotFoundHandler((call, reply) =>
    call.method === 'GET' || call.method === 'HEAD'
      ? json(reply, 404, { error: 'no such path' })
      : json(reply.header('allow', 'GET, HEAD'), 405, { error: 'GET only' }),
  );
};

import type { FastifyReply, FastifyRequest } from 'fastify';
import { Fault } from '../core/errors.ts';
import type { Ingress, IngressCall, Reply } from '../core/ingress.ts';
import type { Listener } from './listener.ts';

type Answer = (call: IngressCall) => Promise<Reply>;

/** How long a sender that was answered early may go on sending before it is cut off. */
const LINGER_MS = 2_000;

const said = (status: number, body: string, headers?: Reply['headers']): Reply => ({
  status,
  body: `${body}\n`,
  ...(headers && { headers }),
});

const find = (answers: ReadonlyMap<string, Answer | undefined>, call: FastifyRequest): Answer => {
  const path = call.raw.url?.split('?', 1)[0] ?? '';
  if (!answers.has(path)) return async () => said(404, 'no such path');
  if (call.method !== 'POST') return async () => said(405, 'POST only', { allow: 'POST' });
  return answers.get(path) ?? (async () => said(503, 'not ready', { 'retry-after': '5' }));
};

/** A sender gets no word of our errors: only whether it should come again. */
const ofError = (error: unknown): Reply =>
  error instanceof Fault && error.next !== 'park'
    ? said(503, 'not durable', { 'retry-after': '5' })
    : said(500, 'failed');

const reply = async (call: FastifyRequest, to: FastifyReply, answer: Answer): Promise<FastifyReply> => {
  const { raw } = call;
  const { status, body, headers } = await answer({ headers: raw.headers, body: raw, from: call.ip });
  // Answered before the body was read: it is dropped, but not for ever.
  if (!raw.complete) setTimeout(() => raw.complete || raw.destroy(), LINGER_MS).unref();
  return to
    .code(status)
    .headers({ 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store', ...headers })
    .send(body ?? '');
};

/** The door for senders on a listener. `failed` hears of answers that threw. */
export const openIngress = ({ app }: Listener, failed: (error: unknown) => void): Ingress => {
  const answers = new Map<string, Answer | undefined>();
  app.all('/*', (call, to) => {
    const answer = find(answers, call);
    return reply(call, to, (given) =>
      answer(given).catch((error: unknown) => {
        // A sender that went away is no failure of ours.
        if (!call.raw.aborted) failed(error);
        return ofError(error);
      }),
    );
  });
  return { post: (path, answer) => void answers.set(path, answer) };
};

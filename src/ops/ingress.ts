import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Fault } from '../core/errors.ts';
import type { Answer, Ingress, IngressCall, Reply, TurnedAway, TurnReason } from '../core/ingress.ts';
import type { Listener } from './listener.ts';

/** How long a sender that was answered early may go on sending before it is cut off. */
const LINGER_MS = 2_000;

const said = (status: number, body: string, headers?: Reply['headers']): Reply => ({
  status,
  body: `${body}\n`,
  ...(headers && { headers }),
});

type Answers = Map<string, Answer | undefined>;

/** Answers by path, then by method. */
const createRoutes = (turnedAway: TurnedAway) => {
  const paths = new Map<string, { readonly fits: RegExp; readonly answers: Answers }>();
  /** Who has a wrong path may not know that nothing arrives: it is told those that are heard. */
  const noSuchPath = (): Reply => {
    const heard = [...paths].flatMap(([path, { answers }]) => (answers.get('POST') ? [path] : []));
    return said(404, `no such path; sent to with POST: ${heard.join(', ') || 'none yet'}`);
  };
  const turned = (reason: TurnReason, reply: Reply): Answer => {
    return async ({ from }) => {
      turnedAway(reason, from);
      return reply;
    };
  };
  const of = (path: string) => paths.get(path) ?? [...paths.values()].find(({ fits }) => fits.test(path));
  return {
    set(method: string, path: string, answer: Answer | undefined): void {
      const known = paths.get(path) ?? { fits: patternOf(path), answers: new Map() };
      paths.set(path, known);
      known.answers.set(method, answer);
    },
    find(method: string, path: string): Answer {
      const answers = of(path)?.answers;
      if (!answers) return turned('path', noSuchPath());
      const allow = [...answers.keys()].join(', ');
      if (!answers.has(method)) return turned('method', said(405, `${allow} only`, { allow }));
      return answers.get(method) ?? (async () => said(503, 'not ready', { 'retry-after': '5' }));
    },
  };
};

/** `*` stands for one segment. */
const patternOf = (path: string): RegExp =>
  new RegExp(`^${path.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '[^/]+')}$`);

/** A sender gets no word of our errors: only whether it should come again. */
const ofError = (error: unknown): Reply =>
  error instanceof Fault && error.next !== 'park'
    ? said(503, 'not durable', { 'retry-after': '5' })
    : said(500, 'failed');

const callOf = (call: FastifyRequest, to: FastifyReply): IngressCall => {
  const { method, raw, ip: from } = call;
  const certificate = subjectOf(raw.socket);
  const [path = '', query = ''] = (raw.url ?? '').split(/\?(.*)/s);
  return {
    method,
    path,
    query: new URLSearchParams(query),
    headers: raw.headers,
    body: bodyOf(raw),
    from,
    certificate,
    whenGone: (gone) => void to.raw.once('close', gone),
  };
};

/** Who stops reading early still answers on that connection. */
const bodyOf = (raw: IncomingMessage): AsyncIterable<Uint8Array> => ({
  [Symbol.asyncIterator]: () => raw.iterator({ destroyOnReturn: false }) as AsyncIterator<Uint8Array>,
});

/** Of a certificate that our client authority signed; one that it did not sign says nothing. */
const subjectOf = (socket: Socket): string | undefined => {
  if (!(socket instanceof TLSSocket && socket.authorized)) return undefined;
  return socket.getPeerX509Certificate()?.subject.replaceAll('\n', ', ');
};

const reply = async (call: FastifyRequest, to: FastifyReply, answered: Promise<Reply>): Promise<FastifyReply> => {
  const { raw } = call;
  const { status, body, headers, cut } = await answered;
  if (cut) {
    to.hijack();
    raw.socket.destroy();
    return to;
  }
  // Answered before the body was read: it is dropped, but not for ever.
  if (!raw.complete) setTimeout(() => raw.complete || raw.destroy(), LINGER_MS).unref();
  return to
    .code(status)
    .headers({ 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store', ...headers })
    .send(body ?? '');
};

interface Hears {
  /** Of answers that threw. */
  failed(error: unknown): void;
  readonly turnedAway: TurnedAway;
}

/** The door for senders on a listener. */
export const openIngress = ({ app }: Listener, { failed, turnedAway }: Hears): Ingress => {
  const routes = createRoutes(turnedAway);
  const heard = (call: FastifyRequest, to: FastifyReply) => {
    const given = callOf(call, to);
    const answered = routes.find(given.method, given.path)(given);
    return reply(
      call,
      to,
      answered.catch((error: unknown) => {
        // A sender that went away is no failure of ours.
        if (!call.raw.aborted) failed(error);
        return ofError(error);
      }),
    );
  };
  app.all('/*', heard);
  // Methods that are not usual.
  app.setNotFoundHandler(heard);
  return { post: (path, answer) => routes.set('POST', path, answer), on: routes.set };
};

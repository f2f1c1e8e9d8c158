import type { Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import type { Certificate, Certificates } from '../core/certificates.ts';
import { Fault } from '../core/errors.ts';
import type { TurnedAway } from '../core/ingress.ts';
import { boundConnections } from './connections.ts';

export interface Address {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** The settings that name them, for the person who must change one. */
  readonly settings: string;
  /** With it, TLS is spoken there and nothing else. */
  readonly certificates?: Certificates | undefined;
}

export interface Limits {
  /** A sender that has not sent its headers by then is cut off. */
  readonly headersMs: number;
  /** The same for the whole call. */
  readonly callMs: number;
  /** Of all senders; see `boundConnections` for who must go when there are more. */
  readonly connections: number;
}

export interface Listener {
  readonly app: FastifyInstance;
  /** Gives the URL. Errors: `Fault` `address.in-use`. */
  listen(): Promise<string>;
  /** Accepts nothing more, lets calls under way end, and cuts off what is left after `ms`. */
  close(ms: number): Promise<void>;
}

const notOurs = ['EADDRINUSE', 'EADDRNOTAVAIL', 'EACCES', 'ENOTFOUND'];

/** One HTTP server on one address. Bodies are not parsed: what comes is a stream. */
export const createListener = (
  { host, port, settings, certificates }: Address,
  limits: Limits,
  turnedAway: TurnedAway = () => undefined,
): Listener => {
  const app = createApp({ ...limits, turnedAway }, certificates);
  boundConnections(app.server, limits.connections, turnedAway);
  countBroken(app.server, turnedAway);
  countUnheard(app.server, turnedAway);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_call, body, done) => done(null, body));

  return {
    app,
    async listen() {
      try {
        await app.listen({ host, port });
      } catch (error) {
        const { code = '' } = error as NodeJS.ErrnoException;
        if (!notOurs.includes(code)) throw error;
        throw new Fault('address.in-use', `${host}:${port} (${settings}): ${code}`, error);
      }
      const { address, family, port: taken } = app.server.address() as AddressInfo;
      return `${certificates ? 'https' : 'http'}://${family === 'IPv6' ? `[${address}]` : address}:${taken}`;
    },
    async close(ms) {
      const cut = setTimeout(() => app.server.closeAllConnections(), ms);
      // A kept-alive connection becomes idle when its last call has ended.
      const sweep = setInterval(() => app.server.closeIdleConnections(), 20);
      await app.close();
      clearTimeout(cut);
      clearInterval(sweep);
    },
  };
};

interface Served extends Limits {
  readonly turnedAway: TurnedAway;
}

const createApp = ({ headersMs, callMs, turnedAway }: Served, certificates: Certificates | undefined) => {
  const frameworkErrors = (_error: unknown, { ip }: FastifyRequest, to: FastifyReply): void => {
    turnedAway('path', ip);
    void to.code(400).send('no path\n');
  };
  const usual = { logger: false, forceCloseConnections: 'idle', requestTimeout: callMs, frameworkErrors } as const;
  const http = { headersTimeout: headersMs, connectionsCheckingInterval: 500, maxHeaderSize: 16_384 };
  if (!certificates) return fastify({ ...usual, http });
  const https = { ...http, ...contextOf(certificates.now()), handshakeTimeout: headersMs };
  const app = fastify({ ...usual, https });
  certificates.follow((renewed) => app.server.setSecureContext(contextOf(renewed)));
  return app as unknown as FastifyInstance;
};

const contextOf = ({ cert, key, clientCa }: Certificate) => ({
  ...{ cert: Buffer.from(cert), key: Buffer.from(key), minVersion: 'TLSv1.2' as const },
  // Who shows no certificate may have a token, or a signature, instead.
  ...(clientCa && { ca: Buffer.from(clientCa), requestCert: true, rejectUnauthorized: false }),
});

const SLOW = ['ERR_HTTP_REQUEST_TIMEOUT', 'ERR_TLS_HANDSHAKE_TIMEOUT'];
/** The sender went away. */
const GONE = ['ECONNRESET', 'EPIPE', 'HPE_INVALID_EOF_STATE'];

/** What is not understood is answered, and cut off, elsewhere; what is wrong with TLS comes as the same event. */
const countBroken = (server: Server, turnedAway: TurnedAway): void => {
  server.prependListener('clientError', ({ code = '' }: NodeJS.ErrnoException, socket) => {
    const { remoteAddress = '' } = socket as Socket;
    if (!GONE.includes(code)) turnedAway(SLOW.includes(code) ? 'slow' : 'garbage', remoteAddress);
  });
};

/** What never comes to be a call, and is answered, or cut off, without a word elsewhere. */
const countUnheard = (server: Server, turnedAway: TurnedAway): void => {
  server.on('checkExpectation', ({ socket }, answer) => {
    turnedAway('garbage', socket.remoteAddress ?? '');
    answer.writeHead(417, { connection: 'close' }).end('nothing can be expected but 100-continue\n');
  });
  server.on('connect', (_call, socket) => {
    turnedAway('method', (socket as Socket).remoteAddress ?? '');
    socket.on('error', () => undefined);
    socket.end('HTTP/1.1 405 Method Not Allowed\r\nConnection: close\r\nContent-Length: 0\r\n\r\n', () =>
      socket.destroy(),
    );
  });
};

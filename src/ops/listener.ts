import type { AddressInfo, Server } from 'node:net';
import { type FastifyInstance, fastify } from 'fastify';
import type { Certificate, Certificates } from '../core/certificates.ts';
import { Fault } from '../core/errors.ts';

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
  readonly connections: number;
  /** Of them, from one address, so that none keeps the others out. */
  readonly connectionsPerAddress: number;
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
export const createListener = ({ host, port, settings, certificates }: Address, limits: Limits): Listener => {
  const app = createApp(limits, certificates);
  app.server.maxConnections = limits.connections;
  boundAddresses(app.server, limits.connectionsPerAddress);
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

const createApp = ({ headersMs, callMs }: Limits, certificates: Certificates | undefined): FastifyInstance => {
  const usual = { logger: false, forceCloseConnections: 'idle', requestTimeout: callMs } as const;
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

/** Cuts off what one address opens beyond its share. */
const boundAddresses = (server: Server, most: number): void => {
  const open = new Map<string, number>();
  server.on('connection', (socket) => {
    const { remoteAddress = '' } = socket;
    const count = (open.get(remoteAddress) ?? 0) + 1;
    open.set(remoteAddress, count);
    socket.once('close', () => {
      const left = (open.get(remoteAddress) ?? 1) - 1;
      if (left === 0) open.delete(remoteAddress);
      else open.set(remoteAddress, left);
    });
    if (count > most) socket.destroy();
  });
};

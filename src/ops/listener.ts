import type { AddressInfo } from 'node:net';
import { type FastifyInstance, fastify } from 'fastify';
import { Fault } from '../core/errors.ts';

export interface Address {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** The settings that name them, for the person who must change one. */
  readonly settings: string;
}

export interface Limits {
  /** A sender that has not sent its headers by then is cut off. */
  readonly headersMs: number;
  /** The same for the whole call. */
  readonly callMs: number;
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
export const createListener = ({ host, port, settings }: Address, limits: Limits): Listener => {
  const app = fastify({
    logger: false,
    forceCloseConnections: 'idle',
    requestTimeout: limits.callMs,
    http: { headersTimeout: limits.headersMs, connectionsCheckingInterval: 500, maxHeaderSize: 16_384 },
  });
  app.server.maxConnections = limits.connections;
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
      return `http://${family === 'IPv6' ? `[${address}]` : address}:${taken}`;
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

import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket, Server as TlsServer } from 'node:tls';
import type { Certificate, Certificates } from '../../core/certificates.ts';
import { Fault } from '../../core/errors.ts';
import type { Rejection } from '../../core/facts.ts';
import type { TurnAway } from './turn-away.ts';

export interface ListenAt {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** The setting that names it, for the person who must change it. */
  readonly setting: string;
  /** So long a peer may take to shake hands over TLS. */
  readonly handshakeMs?: number;
}

/** A place where senders are heard. */
export interface Ear {
  readonly port: number;
  /** Nobody is heard any more; resolves when all is let go. */
  close(): Promise<void>;
}

export interface ConnectionsNeeds {
  readonly at: ListenAt;
  /** Absent: plain TCP. */
  readonly certificates?: Certificates | undefined;
  readonly turnAway: TurnAway['connection'];
  /** A connection, open until the socket is destroyed. */
  hear(socket: Socket, from: string): void;
}

const MOST = 1_000;
const MOST_OF_ONE = 100;
const HANDSHAKE_MS = 10_000;
/** A peer that is gone without a word is noticed after so long. */
const KEEP_ALIVE_MS = 60_000;

/** Listens for connections, bounded for all and for each address. Errors: `Fault` `address.in-use`. */
export const listenForConnections = async (needs: ConnectionsNeeds): Promise<Ear> => {
  const { at, certificates, hear, turnAway } = needs;
  const sockets = new Set<Socket>();
  const server = certificates ? tlsServer(certificates, at, turnAway) : createServer();
  const tooMany = (): void => turnAway('rate_limited', 'connections');
  const admit = createDoor(tooMany);
  server.maxConnections = MOST;
  server.on('drop', tooMany);
  server.on('connection', (socket: Socket) => {
    socket.on('error', () => undefined); // Told by its end as well.
    if (!admit(socket)) return;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    if (!certificates) hear(socket, addressOf(socket));
  });
  server.on('secureConnection', (socket: Socket) => {
    socket.on('error', () => undefined);
    hear(socket, addressOf(socket));
  });
  await listening(server, at);
  const untold = certificates?.follow((now) => renew(server, now));
  const taken = server.address();
  return {
    port: typeof taken === 'object' && taken ? taken.port : at.port,
    async close() {
      untold?.();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
};

const secure = ({ cert, key, clientCa }: Certificate) => ({
  ...{ cert: Buffer.from(cert), key: Buffer.from(key), minVersion: 'TLSv1.2' as const },
  ...(clientCa && { ca: Buffer.from(clientCa) }),
});

const tlsServer = (certificates: Certificates, at: ListenAt, turnAway: TurnAway['connection']): Server => {
  const { handshakeMs = HANDSHAKE_MS } = at;
  const now = certificates.now();
  const clients = now.clientCa ? { requestCert: true, rejectUnauthorized: true } : {};
  const server = createTlsServer({ ...secure(now), ...clients, handshakeTimeout: handshakeMs });
  return server.on('tlsClientError', (error, socket) => {
    const from = addressOf(socket); // Unknown when Node has let go of it.
    const [reason, code] = whyRefused(error, socket);
    turnAway(reason, `TLS with ${from}: ${code}`);
    socket.destroy(); // Node only tells of a handshake that takes too long.
  });
};

const NO_CERTIFICATE = 'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE';
/** Node tells of a certificate that is refused as of a peer that hung up. */
const whyRefused = (error: NodeJS.ErrnoException, { authorizationError }: TLSSocket): readonly [Rejection, string] => {
  const { code = error.message } = error;
  if (authorizationError) return ['bad_signature', String(authorizationError)];
  if (code === NO_CERTIFICATE) return ['bad_signature', code];
  // It left: a probe of the port, or one that does not trust our certificate.
  return [code.startsWith('ERR_') ? 'malformed' : 'ignored', code];
};

/** For connections from now on; those that are open keep what they were shown. */
const renew = (server: Server, now: Certificate): void => {
  if (server instanceof TlsServer) server.setSecureContext(secure(now));
};

/** Lets in no more of one address than there is room for. */
const createDoor = (turnAway: () => void): ((socket: Socket) => boolean) => {
  const open = new Map<string, number>();
  return (socket) => {
    const from = addressOf(socket);
    const count = open.get(from) ?? 0;
    if (count >= MOST_OF_ONE) {
      turnAway();
      socket.destroy();
      return false;
    }
    open.set(from, count + 1);
    socket.once('close', () => {
      const left = (open.get(from) ?? 1) - 1;
      if (left > 0) open.set(from, left);
      else open.delete(from);
    });
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    return true;
  };
};

/** `10.0.0.7`, for `::ffff:10.0.0.7` too. */
export const plainAddress = (address: string | undefined): string => (address ?? 'unknown').replace(/^::ffff:/, '');
const addressOf = ({ remoteAddress }: Socket): string => plainAddress(remoteAddress);

const listening = (server: Server, { host, port, setting }: ListenAt): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', (error) => reject(bindFault(error, { host, port, setting })));
    server.listen({ host, port }, () => {
      // After that, one connection that cannot be taken is no reason to end.
      server.on('error', () => undefined);
      resolve();
    });
  });

/** Whatever keeps us from an address is the operator's to change. */
export const bindFault = (error: NodeJS.ErrnoException, { host, port, setting }: ListenAt): Fault =>
  new Fault('address.in-use', `${host}:${port} (${setting}): ${error.code ?? error.message}`, error);

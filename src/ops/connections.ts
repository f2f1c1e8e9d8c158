import type { Server } from 'node:http';
import { isIPv6, type Socket } from 'node:net';
import type { TurnedAway } from '../core/ingress.ts';

interface Connection {
  readonly socket: Socket;
  readonly from: string;
  /** Whose it is: an address, or all of a network that one host may choose its addresses from. */
  readonly holder: string;
  /** Under way; a sender may ask for more before it has its answers. */
  calls: number;
}

const isIdle = ({ calls }: Connection): boolean => calls === 0;
/** With TLS a call stands on another socket than its connection; the two have the other end in common. */
const endOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`;

/** How many connections each holder has of these. */
const sharesIn = (some: readonly Connection[]) => {
  const held = new Map<string, number>();
  for (const { holder } of some) held.set(holder, (held.get(holder) ?? 0) + 1);
  return ({ holder }: Connection): number => held.get(holder) ?? 0;
};

/** The first one of whoever holds most. */
const mostOf = (some: readonly Connection[], shareOf: (one: Connection) => number): Connection | undefined => {
  let most: Connection | undefined;
  for (const one of some) if (!most || shareOf(one) > shareOf(most)) most = one;
  return most;
};

/**
 * Who leaves when there is one too many, the newcomer being the last of all, which are in the order of what they did last.
 * What is idle goes before any call under way: of whoever holds most idle ones, the newcomer with its own, so that a sender at work
 * is not counted to those who only hold. While all have calls, one of whoever holds most gives way to who holds less, and to nobody else.
 */
const leaverOf = (all: readonly Connection[], newcomer: Connection): Connection => {
  const idle = all.filter(isIdle);
  const shareOf = sharesIn(all);
  const larger = all.filter((one) => shareOf(one) > shareOf(newcomer));
  return (
    mostOf(idle.slice(0, -1), sharesIn(idle)) ??
    // The one that was begun last: least was done for it.
    mostOf(larger.toReversed(), shareOf) ??
    newcomer
  );
};

/** Of IPv6 a host has a /64: https://www.rfc-editor.org/rfc/rfc6177. */
const holderOf = (address: string): string => {
  if (!isIPv6(address) || address.startsWith('::ffff:')) return address;
  const [left = [], right = []] = address.split('::').map((part) => part.split(':'));
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => '0');
  return [...left, ...zeros, ...right].slice(0, 4).join(':');
};

/** Holds so many connections at most. */
export const boundConnections = (server: Server, limit: number, turnedAway: TurnedAway): void => {
  const open = new Map<string, Connection>();
  const touch = (end: string, connection: Connection): void => {
    open.delete(end);
    open.set(end, connection);
  };
  server.on('connection', (socket) => {
    const [end, { remoteAddress: from = '' }] = [endOf(socket), socket];
    const newcomer: Connection = { socket, from, holder: holderOf(from), calls: 0 };
    const all = [...open.values(), newcomer];
    const leaver = all.length > limit ? leaverOf(all, newcomer) : undefined;
    open.set(end, newcomer);
    socket.once('close', () => open.get(end) === newcomer && open.delete(end));
    if (!leaver) return;
    for (const [name, one] of open) if (one === leaver) open.delete(name);
    turnedAway(leaver !== newcomer && isIdle(leaver) ? 'idle' : 'full', leaver.from);
    leaver.socket.destroy();
  });
  server.on('request', (call, answer) => {
    const end = endOf(call.socket);
    const connection = open.get(end);
    if (!connection) return;
    connection.calls += 1;
    touch(end, connection);
    answer.once('close', () => {
      connection.calls -= 1;
      if (open.get(end) === connection) touch(end, connection);
    });
  });
};

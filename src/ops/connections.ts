import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { TurnedAway } from '../core/ingress.ts';

interface Connection {
  readonly socket: Socket;
  readonly from: string;
  /** Under way; a sender may ask for more before it has its answers. */
  calls: number;
}

const isIdle = ({ calls }: Connection): boolean => calls === 0;
/** With TLS a call stands on another socket than its connection; the two have the other end in common. */
const endOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`;

/**
 * Who leaves when there is one too many, the newcomer being the last of all, which are in the order of what they did last.
 * One that holds more than the newcomer's address does gives way: what is idle first, and of the address that holds most. So
 * nobody is kept out by others that hold more, and who holds most of all makes room for itself.
 */
const leaverOf = (all: readonly Connection[], newcomer: Connection): Connection => {
  const held = new Map<string, number>();
  for (const { from } of all) held.set(from, (held.get(from) ?? 0) + 1);
  const share = ({ from }: Connection): number => held.get(from) ?? 0;
  const most = (some: readonly Connection[]) => some.toSorted((a, b) => share(b) - share(a))[0];
  const larger = all.filter((one) => share(one) > share(newcomer));
  // Of the calls under way the one that was begun last: least was done for it.
  return (
    most(larger.filter(isIdle)) ??
    most(larger.toReversed()) ??
    all.find((one) => isIdle(one) && share(one) === share(newcomer)) ??
    newcomer
  );
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
    const newcomer: Connection = { socket, from, calls: 0 };
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

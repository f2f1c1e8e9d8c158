import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';

/** Posts the bodies one after the other on one connection. Errors: an answer that is not 2xx. */
export const postAll = async (
  url: string,
  bodies: readonly Buffer[],
  headers: Readonly<Record<string, string>>,
): Promise<void> => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  for (const body of bodies) {
    const call = request(url, {
      method: 'POST',
      agent,
      headers: { ...headers, 'content-length': body.length },
    });
    call.end(body);
    const [answer] = await once(call, 'response');
    answer.resume();
    await once(answer, 'end');
    if (answer.statusCode >= 300) throw new Error(`${url}: ${answer.statusCode}`);
  }
  agent.destroy();
};

/** Writes all of it into one TCP connection, no faster than it is read. */
export const streamTo = async (port: number, pieces: Iterable<Buffer>): Promise<void> => {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  for (const piece of pieces) if (!socket.write(piece)) await once(socket, 'drain');
  socket.end();
  await once(socket, 'close');
};

/** The bytes in pieces, as a sender writes them. */
export function* inPieces(bytes: Buffer, length = 64 * 1024): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}

import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { KeyFetch } from '../../src/sources/github/partner-keys.ts';

/** A public key as GitHub publishes it. */
export interface PublicKey {
  readonly key_identifier: string;
  readonly key: string;
  readonly is_current: boolean;
}

export const identifierOf = (pem: string): string => createHash('sha256').update(pem).digest('hex');

/** Somebody who signs reports as GitHub does. */
export const createSigner = (namedCurve = 'prime256v1') => {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve });
  const key = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const published: PublicKey = { key_identifier: identifierOf(key), key, is_current: false };
  return {
    published,
    headers: (body: string | Uint8Array, identifier = published.key_identifier): Record<string, string> => ({
      'content-type': 'application/json',
      'github-public-key-identifier': identifier,
      'github-public-key-signature': sign('sha256', Buffer.from(body as string), privateKey).toString('base64'),
    }),
  };
};

/** A server of public keys, on a loopback port; `down` answers 503, `slow` waits for it. */
export interface KeyServer {
  readonly keys: KeyFetch;
  /** Calls so far. */
  calls(): number;
  serve(keys: readonly unknown[]): void;
  down(on: boolean): void;
  slow(waited: Promise<void> | undefined): void;
  close(): void;
}

export const startKeyServer = async (first: readonly unknown[]): Promise<KeyServer> => {
  let served = first;
  let isDown = false;
  let calls = 0;
  let waited: Promise<void> | undefined;
  const server = createServer(async (call, to) => {
    calls += 1;
    await waited;
    const known = call.url === '/meta/public_keys/secret_scanning';
    to.writeHead(isDown ? 503 : known ? 200 : 404).end(JSON.stringify({ public_keys: served }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    keys: {
      origin,
      async fetch(signal) {
        const answer = await fetch(`${origin}/meta/public_keys/secret_scanning`, { signal });
        if (!answer.ok) throw new Error(`status ${answer.status}`);
        return answer.json();
      },
    },
    calls: () => calls,
    serve(keys) {
      served = keys;
    },
    down(on) {
      isDown = on;
    },
    slow(wait) {
      waited = wait;
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
};

import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { tagged } from './etag.ts';
import { type Asked, ok } from './route.ts';

/** One leak as the secret scanning partner programme tells it. */
export interface PartnerLeak {
  readonly token: string;
  readonly type: string;
  readonly url: string;
  readonly source?: string;
}

/** How a message may be wrong on purpose, or odd. */
interface SendOptions {
  /** Changes the body after it was signed. */
  readonly tamper?: (body: Buffer) => Buffer;
  /** Signs with the key before the last rotation. */
  readonly oldKey?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Partner {
  /** Sends leaks to a partner, signed; gives the status and the body of its answer. Rejects after 30 s, as GitHub does. */
  sendPartnerLeaks(
    url: string,
    leaks: readonly PartnerLeak[],
    options?: SendOptions,
  ): Promise<{ readonly status: number; readonly body: string }>;
  /** Makes a new current key; the old ones stay listed. Gives its identifier. */
  rotatePartnerKey(): string;
}

const TIMEOUT_MS = 30_000;

const makeKey = () => {
  const { publicKey, privateKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  return { id: createHash('sha256').update(publicKey).digest('hex'), publicKey, privateKey };
};

/**
 * The side of GitHub in its partner programme
 * (docs.github.com/code-security/secret-scanning/secret-scanning-partnership-program/secret-scanning-partner-program).
 */
export const createPartner = () => {
  const first = makeKey();
  const keys = [first];
  const last = (back = 1) => keys.at(-back) ?? first;
  const partner: Partner = {
    async sendPartnerLeaks(url, leaks, { tamper, oldKey = false, headers = {} } = {}) {
      const { id, privateKey } = last(oldKey ? 2 : 1);
      const body = Buffer.from(JSON.stringify(leaks));
      const signed = {
        'github-public-key-identifier': id,
        'github-public-key-signature': sign('sha256', body, privateKey).toString('base64'),
      };
      const answer = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...signed, ...headers },
        body: new Uint8Array(tamper?.(body) ?? body),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      return { status: answer.status, body: await answer.text() };
    },
    rotatePartnerKey() {
      keys.push(makeKey());
      return last().id;
    },
  };
  const routes = {
    partner_keys: {
      call: 'GET /meta/public_keys/secret_scanning',
      by: 'anyone' as const,
      act: (asked: Asked) => {
        const told = keys.map(({ id, publicKey }) => ({
          key_identifier: id,
          key: publicKey,
          is_current: id === last().id,
        }));
        return tagged(asked, ok({ public_keys: told }));
      },
    },
  };
  return { partner, routes };
};

export type PartnerRoutes = ReturnType<typeof createPartner>['routes'];

import { createHmac, randomUUID } from 'node:crypto';
import { request } from 'node:http';

/** Where a hook hangs: a repository, an organization, or the App (GitHub calls that an integration). */
export type HookKind = 'repository' | 'organization' | 'app';

/** How a delivery may be wrong on purpose. */
export interface DeliverOptions {
  /** Signs with another secret; null leaves the signature out. */
  readonly secret?: string | null;
  /** Changes the body after it was signed. */
  readonly tamper?: (body: Buffer) => Buffer;
  /** Sends application/x-www-form-urlencoded, as a hook with that setting would. */
  readonly form?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A signed webhook, ready to be sent, and to be sent again. */
export interface Parcel {
  readonly guid: string;
  readonly event: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** What came back; status 0 when there was no answer. */
export interface Receipt {
  readonly status: number;
  readonly answer: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

/** The X-Hub-Signature-256 header of a body (docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries). */
export const signatureOf = (secret: string, body: string | Buffer): string =>
  `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;

/** The body of a payload as it is sent. */
export const bodyOf = (payload: object | string | Buffer, form = false): Buffer => {
  const json = Buffer.isBuffer(payload) || typeof payload === 'string' ? Buffer.from(payload as string) : undefined;
  const plain = json ?? Buffer.from(JSON.stringify(payload));
  return form ? Buffer.from(`payload=${encodeURIComponent(plain.toString())}`) : plain;
};

interface Sender {
  readonly id: number;
  readonly kind: HookKind;
  readonly targetId: number;
  readonly secret: string;
}

/** Signs a body for one hook. */
export const pack = (event: string, body: Buffer, { hook, options, guid = randomUUID() }: Packing): Parcel => {
  const sent = options.tamper?.(body) ?? body;
  const secret = options.secret === undefined ? hook.secret : options.secret;
  const signed = secret !== null && {
    'x-hub-signature': `sha1=${createHmac('sha1', secret).update(body).digest('hex')}`,
    'x-hub-signature-256': signatureOf(secret, body),
  };
  const headers = {
    accept: '*/*',
    'content-type': options.form ? 'application/x-www-form-urlencoded' : 'application/json',
    'content-length': String(sent.length),
    'user-agent': 'GitHub-Hookshot/f05835d',
    'x-github-delivery': guid,
    'x-github-event': event,
    'x-github-hook-id': String(hook.id),
    'x-github-hook-installation-target-id': String(hook.targetId),
    'x-github-hook-installation-target-type': hook.kind === 'app' ? 'integration' : hook.kind,
    ...signed,
    ...options.headers,
  };
  return { guid, event, body: sent, headers };
};

interface Packing {
  readonly hook: Sender;
  readonly options: DeliverOptions;
  readonly guid?: string;
}

/** Posts a parcel and waits for its answer, at most `timeoutMs`. */
export const post = (
  url: string,
  { headers, body }: Parcel,
  limits: { readonly timeoutMs: number; readonly closed: AbortSignal },
): Promise<Receipt> =>
  new Promise((resolve) => {
    const lost = (error: Error): void => resolve({ status: 0, answer: error.message, headers: {} });
    const late = AbortSignal.timeout(limits.timeoutMs);
    const signal = AbortSignal.any([late, limits.closed]);
    const call = request(url, { method: 'POST', headers, agent: false, signal }, (response) => {
      let answer = '';
      response.on('data', (chunk) => {
        answer = (answer + String(chunk)).slice(0, 1000);
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, answer, headers: response.headers }));
      response.on('error', lost);
    });
    call.on('error', (error) => lost(late.aborted ? new Error('timed out') : error));
    call.end(body);
  });

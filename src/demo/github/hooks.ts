import { createHmac, randomUUID } from 'node:crypto';
import { request } from 'node:http';

/** One attempt to deliver a webhook. */
export interface Delivery {
  /** X-GitHub-Delivery: the same for every attempt of one event. */
  readonly guid: string;
  readonly event: string;
  /** The receiver's HTTP status; 0 when there was no answer in time, or none at all. */
  readonly status: number;
  /** The receiver's answer, at most 1,000 characters; or why there was none. */
  readonly answer: string;
  /** Milliseconds since 1970 when it was sent. */
  readonly at: number;
  readonly durationMs: number;
  readonly redelivery: boolean;
}

/** How a delivery may be wrong on purpose. */
interface DeliverOptions {
  /** Signs with another secret; null leaves the signature out. */
  readonly secret?: string | null;
  /** Changes the body after it was signed. */
  readonly tamper?: (body: Buffer) => Buffer;
  /** Sends application/x-www-form-urlencoded, as a hook with that setting would. */
  readonly form?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface HookNeeds {
  readonly secret: string;
  readonly now: () => number;
  /** How long the receiver may take; GitHub gives 10 s. */
  readonly timeoutMs: number;
}

/** The webhook dispatcher: signs, sends, and remembers. */
export interface Hooks {
  setUrl(url: string | undefined): void;
  /** Sends one event; undefined when there is nowhere to send it, or it is over 25 MB, which GitHub never sends. */
  deliver(event: string, payload: object | string | Buffer, options?: DeliverOptions): Promise<Delivery | undefined>;
  /** Sends the first attempt of this guid once more, byte by byte; rejects when there was none. */
  redeliver(guid: string): Promise<Delivery>;
  deliveries(): readonly Delivery[];
}

interface Parcel {
  readonly guid: string;
  readonly event: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

const PAYLOAD_LIMIT = 25 * 1024 * 1024;
const HOOK_ID = '109948940';

/** The X-Hub-Signature-256 header of a body (docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries). */
export const signatureOf = (secret: string, body: string | Buffer): string =>
  `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;

const send = (parcel: Parcel, timeoutMs: number): Promise<{ status: number; answer: string }> =>
  new Promise((resolve) => {
    const lost = (error: Error): void => resolve({ status: 0, answer: error.message });
    const signal = AbortSignal.timeout(timeoutMs);
    const call = request(parcel.url, { method: 'POST', headers: parcel.headers, agent: false, signal }, (response) => {
      let answer = '';
      response.on('data', (chunk) => {
        answer = (answer + String(chunk)).slice(0, 1000);
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, answer }));
      response.on('error', lost);
    });
    call.on('error', (error) => lost(signal.aborted ? new Error('timed out') : error));
    call.end(parcel.body);
  });

const pack = (event: string, payload: object | string | Buffer, options: DeliverOptions) => {
  const json = Buffer.isBuffer(payload) || typeof payload === 'string' ? Buffer.from(payload as string) : undefined;
  const plain = json ?? Buffer.from(JSON.stringify(payload));
  const body = options.form ? Buffer.from(`payload=${encodeURIComponent(plain.toString())}`) : plain;
  const sent = options.tamper?.(body) ?? body;
  const guid = randomUUID();
  const sign = (secret: string) => ({
    'x-hub-signature': `sha1=${createHmac('sha1', secret).update(body).digest('hex')}`,
    'x-hub-signature-256': signatureOf(secret, body),
  });
  const headers = {
    accept: '*/*',
    'content-type': options.form ? 'application/x-www-form-urlencoded' : 'application/json',
    'content-length': String(sent.length),
    'user-agent': 'GitHub-Hookshot/f05835d',
    'x-github-delivery': guid,
    'x-github-event': event,
    'x-github-hook-id': HOOK_ID,
    'x-github-hook-installation-target-id': '79929171',
    'x-github-hook-installation-target-type': 'repository',
  };
  return { guid, event, body: sent, headers, sign };
};

export const createHooks = ({ secret, now, timeoutMs }: HookNeeds): Hooks => {
  const sent = new Map<string, Parcel>();
  const record: Delivery[] = [];
  let url: string | undefined;

  const attempt = async (parcel: Parcel, redelivery: boolean): Promise<Delivery> => {
    const [at, start] = [now(), performance.now()];
    const { status, answer } = await send(parcel, timeoutMs);
    const durationMs = performance.now() - start;
    const delivery = { guid: parcel.guid, event: parcel.event, status, answer, at, durationMs, redelivery };
    record.push(delivery);
    return delivery;
  };

  return {
    setUrl(to) {
      url = to;
    },
    async deliver(event, payload, options = {}) {
      const { sign, ...packed } = pack(event, payload, options);
      if (url === undefined || packed.body.length > PAYLOAD_LIMIT) return undefined;
      const signature = options.secret === null ? {} : sign(options.secret ?? secret);
      const parcel = { ...packed, url, headers: { ...packed.headers, ...signature, ...options.headers } };
      sent.set(parcel.guid, parcel);
      return attempt(parcel, false);
    },
    async redeliver(guid) {
      const parcel = sent.get(guid);
      if (!parcel) throw new Error(`no delivery ${guid}`);
      return attempt({ ...parcel, url: url ?? parcel.url }, true);
    },
    deliveries: () => [...record],
  };
};

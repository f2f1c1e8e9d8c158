import { createHmac } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KeyEvent } from './workos-events.ts';

export interface WebhookEndpoint {
  readonly url: string;
  readonly secret: string;
}

/** Tries after the first; a real environment takes three days for them (https://workos.com/docs/events/data-syncing/webhooks). */
const RETRIES = 6;
const FIRST_PAUSE_MS = 50;

/** `t=<ms>, v1=<hex HMAC-SHA256 of "t.body">` */
const signatureOf = (secret: string, body: string, at: number): string =>
  `t=${at}, v1=${createHmac('sha256', secret).update(`${at}.${body}`).digest('hex')}`;

/** Sends events to endpoints, each until it answers 2xx or has failed too often; in no order. */
export const createWebhooks = (now: () => number) => {
  const endpoints = new Map<string, WebhookEndpoint>();
  const closing = new AbortController();
  const underWay = new Set<Promise<void>>();

  const deliver = async ({ url, secret }: WebhookEndpoint, body: string): Promise<void> => {
    for (let retry = 0; retry <= RETRIES && !closing.signal.aborted; retry += 1) {
      const headers = { 'content-type': 'application/json', 'workos-signature': signatureOf(secret, body, now()) };
      const isHeard = await fetch(url, { method: 'POST', headers, body, signal: closing.signal }).then(
        async (answer) => {
          await answer.arrayBuffer();
          return answer.ok;
        },
        () => false,
      );
      if (isHeard) return;
      await sleep(FIRST_PAUSE_MS * 2 ** retry, undefined, { signal: closing.signal }).catch(() => undefined);
    }
  };

  return {
    add: (endpoint: WebhookEndpoint): void => void endpoints.set(endpoint.url, endpoint),
    remove: (url: string): void => void endpoints.delete(url),
    send(event: KeyEvent): void {
      for (const endpoint of endpoints.values()) {
        const delivery = deliver(endpoint, JSON.stringify(event)).finally(() => underWay.delete(delivery));
        underWay.add(delivery);
      }
    },
    async close(): Promise<void> {
      closing.abort();
      await Promise.all(underWay);
    },
  };
};

export type Webhooks = ReturnType<typeof createWebhooks>;

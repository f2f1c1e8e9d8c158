import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../core/clock.ts';
import type { Secret } from '../core/secret.ts';

/** With what one environment signs: the current secret, then an earlier one that may still be in use. */
export interface Signer {
  readonly environment: string;
  readonly secrets: () => readonly Secret[];
}

/** How far the time of a signature may be from ours: what is older may be a copy that somebody sends again. */
const TOLERANCE_MS = 300_000;

const HEADER = /^t=(\d{1,15}), ?v1=([0-9a-f]{64})$/;

/**
 * Finds the environment that signed a body: `t=<ms>, v1=<HMAC-SHA256 of "t.body", hex>`, now.
 * https://workos.com/docs/events/data-syncing/webhooks
 */
export const createSignatures =
  (signers: readonly Signer[], clock: Clock) =>
  (header: string, body: Uint8Array): string | undefined => {
    const [, time = '', hex = ''] = HEADER.exec(header) ?? [];
    if (time === '' || Math.abs(clock.now() - Number(time)) > TOLERANCE_MS) return undefined;
    const given = Buffer.from(hex, 'hex');
    const known = signers.flatMap(({ environment, secrets }) => secrets().map((secret) => ({ environment, secret })));
    // Every secret is compared, so that the time does not tell which one fits.
    const fits = known.filter(({ secret }) =>
      timingSafeEqual(given, createHmac('sha256', secret.expose()).update(`${time}.`).update(body).digest()),
    );
    return fits[0]?.environment;
  };

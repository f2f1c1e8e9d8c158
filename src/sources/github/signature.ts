import { createHmac, timingSafeEqual } from 'node:crypto';
import { Fault } from '../../core/errors.ts';
import type { Secret } from '../../core/secret.ts';

/** One body being read: its HMAC grows with each chunk. */
export interface BodySignature {
  update(chunk: Uint8Array): void;
  /** Ends the reading. `digest` is of the body under the current secret, in hex. */
  check(header: string): { readonly valid: boolean; readonly digest: string };
}

const PREFIX = 'sha256=';
const HEX_LENGTH = 64;

/**
 * Checks `X-Hub-Signature-256` (`sha256=` and the HMAC-SHA256 of the raw body in hex) against every secret, current
 * first, so that a secret can be rotated. https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
 * Errors: `Fault` `config.invalid` when there is no secret or an empty one: anybody could sign under it.
 */
export const createSignature = (secrets: () => readonly Secret[]): (() => BodySignature) => {
  const usable = (): readonly Secret[] => {
    const now = secrets();
    if (now.length > 0 && now.every((secret) => secret.length > 0)) return now;
    throw new Fault('config.invalid', 'WEBHOOK_SECRET is empty');
  };
  usable();
  return () => {
    const sums = usable().map((secret) => createHmac('sha256', secret.expose()));
    return {
      update(chunk) {
        for (const sum of sums) sum.update(chunk);
      },
      check(header) {
        const given = claimed(header);
        const made = sums.map((sum) => sum.digest());
        // Every secret is compared, so that the time does not tell which one fits.
        const fits = made.filter((digest) => given?.length === digest.length && timingSafeEqual(given, digest));
        return { valid: fits.length > 0, digest: made[0]?.toString('hex') ?? '' };
      },
    };
  };
};

/** The digest a header claims; undefined when it cannot be one. */
const claimed = (header: string): Buffer | undefined => {
  if (header.length !== PREFIX.length + HEX_LENGTH || !header.startsWith(PREFIX)) return undefined;
  return Buffer.from(header.slice(PREFIX.length), 'hex');
};

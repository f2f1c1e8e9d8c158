import { createHash, timingSafeEqual } from 'node:crypto';
import type { IngressCall } from '../../core/ingress.ts';
import type { LiveSecret } from '../../core/live-secret.ts';

export type Door = ReturnType<typeof createDoor>;

export interface DoorNeeds {
  /** What senders must give; see `givenIn` for where. */
  readonly token?: LiveSecret | undefined;
  /** Whether who has no token must show a certificate of our client authority. */
  readonly certificates?: boolean | undefined;
}

/** Whether a call may come in: by token or by certificate. With neither asked for, anybody who can connect may. */
export const createDoor = ({ token, certificates = false }: DoorNeeds) => {
  return ({ certificate, headers }: IngressCall): 'no-token' | 'wrong-token' | undefined => {
    if (certificate !== undefined || (!token && !certificates)) return undefined;
    const given = [...givenIn(headers.authorization ?? ''), ...[headers['x-amz-firehose-access-key'] ?? []].flat()];
    const wanted = (token?.recent() ?? []).map((secret) => hashOf(secret.expose()));
    const fits = given.map(hashOf).flatMap((hash) => wanted.map((one) => timingSafeEqual(hash, one)));
    if (fits.includes(true)) return undefined;
    return given.length === 0 ? 'no-token' : 'wrong-token';
  };
};

/** Hashes are compared, so that neither content nor length shows in the time. */
const hashOf = (text: string): Buffer => createHash('sha256').update(text).digest();

/**
 * What may be the token: `Bearer T`, `Splunk T` (HEC), `Basic` with T as the password, `ApiKey` with T or with base64 of `id:T`
 * (Elasticsearch). Firehose has a header of its own for it.
 */
const givenIn = (header: string): readonly string[] => {
  const { scheme = '', rest = '' } =
    /^(?<scheme>bearer|splunk|basic|apikey) +(?<rest>\S.*)$/i.exec(header)?.groups ?? {};
  const pair = Buffer.from(rest, 'base64').toString();
  const second = pair.slice(pair.indexOf(':') + 1);
  const texts = { bearer: [rest], splunk: [rest], basic: [second], apikey: [rest, second] };
  return (texts[scheme.toLowerCase() as keyof typeof texts] ?? []).filter((text) => text !== '');
};

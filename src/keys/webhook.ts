import type { Clock } from '../core/clock.ts';
import type { RecordFact } from '../core/facts.ts';
import type { Answer, IngressCall, Reply } from '../core/ingress.ts';
import type { KeyWebhook, UntoldReason } from '../core/keeper.ts';
import type { Shelf } from './shelf.ts';
import { createSignatures, type Signer } from './signature.ts';

export interface WebhookNeeds {
  readonly webhook: KeyWebhook;
  readonly signers: readonly Signer[];
  readonly shelf: Pick<Shelf, 'hear'>;
  readonly clock: Clock;
  readonly record: RecordFact;
}

/** What is told of a key is a kilobyte or two; of other things it may be more. */
const MOST_BYTES = 256 * 1024;
/** Of all bodies under way together: strangers can send before we know that they are strangers. */
const ROOM_BYTES = 32 * MOST_BYTES;

interface Refusal {
  readonly reason: UntoldReason;
  readonly reply: Reply;
}

const refusal = (reason: UntoldReason, status: number, body: string): Refusal => ({
  reason,
  reply: { status, body: `${body}\n`, ...(status === 503 && { headers: { 'retry-after': '5' } }) },
});
const unsigned = refusal('bad_signature', 401, 'not signed now with workos.webhookSecret (WORKOS_WEBHOOK_SECRET)');
const tooLarge = refusal('too_large', 413, 'larger than 256 KB: no event is');
const noRoom = refusal('not_durable', 503, 'too many at once: come again');
const notJson = refusal('malformed', 400, 'not JSON');
const unknown = refusal('malformed', 422, 'not an event in a shape that we know');

/** Takes what the issuer tells by itself. 2xx means that it is durable, or that it was nothing of keys. */
export const createWebhook = ({ webhook, signers, shelf, clock, record }: WebhookNeeds): Answer => {
  const signedBy = createSignatures(signers, clock);
  const readBody = createReadBody();
  const hear = async (call: IngressCall): Promise<Reply | Refusal> => {
    const header = call.headers[webhook.signature];
    if (typeof header !== 'string') return unsigned;
    const body = await readBody(call);
    if ('reason' in body) return body;
    const environment = signedBy(header, body);
    if (environment === undefined) return unsigned;
    const json = jsonOf(body);
    const told = json === undefined ? undefined : webhook.read(json);
    if (told === undefined) return json === undefined ? notJson : unknown;
    if (told !== 'other') await shelf.hear({ environment, news: [told], at: clock.now() });
    await record({ type: 'keys.told', environment, what: told === 'other' ? 'ignored' : 'accepted' });
    return { status: 200, body: 'durable\n' };
  };
  return async (call) => {
    const end = await hear(call);
    if (!('reason' in end)) return end;
    await record({ type: 'keys.untold', reason: end.reason, detail: String(end.reply.body).trim() });
    return end.reply;
  };
};

const jsonOf = (body: Uint8Array): unknown => {
  try {
    return JSON.parse(Buffer.from(body).toString('utf8'));
  } catch {
    return undefined;
  }
};

/** Reads whole bodies, all together in bounded room. Rejects when the sender goes away. */
const createReadBody = () => {
  let taken = 0;
  return async ({ headers, body }: IngressCall): Promise<Uint8Array | Refusal> => {
    if (Number(headers['content-length'] ?? 0) > MOST_BYTES) return tooLarge;
    const parts: Uint8Array[] = [];
    let size = 0;
    try {
      for await (const part of body) {
        if (size + part.length > MOST_BYTES) return tooLarge;
        if (taken + part.length > ROOM_BYTES) return noRoom;
        taken += part.length;
        size += part.length;
        parts.push(part);
      }
      return Buffer.concat(parts);
    } finally {
      taken -= size;
    }
  };
};

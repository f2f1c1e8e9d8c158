import type { Rejection } from '../../core/facts.ts';
import type { IngressCall, Reply } from '../../core/ingress.ts';
import type { BodySignature } from './signature.ts';

/** Why a call is turned away, and what its sender gets. */
export interface Refusal {
  readonly rejected: Rejection;
  readonly detail?: string;
  readonly reply: Reply;
}

/** A whole body that was signed under one of our secrets. */
export interface SignedBody {
  readonly bytes: Uint8Array;
  /** HMAC of the body in hex: names its content. */
  readonly digest: string;
}

/** Memory for bodies under way, all together: strangers can send before we know that they are strangers. */
export interface BodyRoom {
  take(bytes: number): boolean;
  give(bytes: number): void;
}

export const createBodyRoom = (most: number): BodyRoom => {
  let taken = 0;
  return {
    take(bytes) {
      if (taken + bytes > most) return false;
      taken += bytes;
      return true;
    },
    give(bytes) {
      taken -= bytes;
    },
  };
};

/** How much of a body is read, and how long. */
export interface BodyBounds {
  readonly room: BodyRoom;
  readonly mostBytes: number;
  readonly stop: AbortSignal;
}

interface BodyNeeds extends BodyBounds {
  begin(): BodySignature;
}

export const text = (status: number, body: string, headers?: Reply['headers']): Reply => ({
  status,
  body: `${body}\n`,
  ...(headers && { headers }),
});

export const tooLarge: Refusal = {
  rejected: 'too_large',
  reply: text(413, 'larger than 25 MB: GitHub sends nothing of that size'),
};
const badSignature: Refusal = {
  rejected: 'bad_signature',
  reply: text(
    401,
    'X-Hub-Signature-256 is missing or does not fit: set the same secret in the webhook and in WEBHOOK_SECRET',
  ),
};
const unsupportedType: Refusal = {
  rejected: 'unsupported_type',
  reply: text(415, 'set "Content type" of the webhook to application/json (Settings, Webhooks, Edit)'),
};
export const malformed: Refusal = { rejected: 'malformed', reply: text(400, 'not a payload that GitHub documents') };
export const notDurable: Refusal = {
  rejected: 'not_durable',
  reply: text(503, 'not durable yet: redeliver later', { 'retry-after': '10' }),
};

/** Reads the raw body and its signature together; nothing is looked at before the signature fits. */
export const readSigned = async (call: IngressCall, needs: BodyNeeds): Promise<SignedBody | Refusal> => {
  const header = call.headers['x-hub-signature-256'];
  if (typeof header !== 'string') return badSignature;
  if (!isJson(call.headers['content-type'])) return unsupportedType;
  if (Number(call.headers['content-length'] ?? 0) > needs.mostBytes) return tooLarge;
  const signature = needs.begin();
  const read = await readWhole(call, needs, (chunk) => signature.update(chunk));
  if ('rejected' in read) return read;
  const { valid, digest } = signature.check(header);
  return valid ? { bytes: Buffer.concat(read), digest } : badSignature;
};

export const isJson = (type: string | undefined): boolean => /^application\/json\s*(?:;|$)/i.test(type ?? '');

/** The chunks of the raw body; `see` is shown each as it comes. */
export const readWhole = async (
  call: IngressCall,
  { room, mostBytes, stop }: BodyBounds,
  see: (chunk: Uint8Array) => void,
): Promise<Uint8Array[] | Refusal> => {
  const parts: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of call.body) {
      if (size + chunk.length > mostBytes) return tooLarge;
      if (stop.aborted || !room.take(chunk.length)) return notDurable;
      size += chunk.length;
      see(chunk);
      parts.push(chunk);
    }
    return parts;
  } catch {
    return { ...malformed, detail: 'the sender went away' };
  } finally {
    room.give(size);
  }
};

import { createVerify } from 'node:crypto';
import type { IngressCall } from '../../core/ingress.ts';
import { type BodyBounds, isJson, notDurable, type Refusal, readWhole, text, tooLarge } from './body.ts';
import type { FoundKey } from './partner-keys.ts';

const badSignature: Refusal = {
  rejected: 'bad_signature',
  reply: text(401, 'Github-Public-Key-Identifier or Github-Public-Key-Signature is missing or does not fit'),
};
const JSON_TYPE = 'application/json';
const unsupportedType: Refusal = { rejected: 'unsupported_type', reply: text(415, `send ${JSON_TYPE}`) };

/** Strangers can cause what is not `away`: it must not be counted as if we could not keep things. */
const keyMissing = ({ waitMs, away }: Exclude<FoundKey, { readonly key: unknown } | 'unknown'>): Refusal => {
  const detail = `GitHub's public ${away ? 'keys' : 'key of that name'} could not be had`;
  const reply = text(503, `${detail}: send it again later`, { 'retry-after': `${Math.ceil(waitMs / 1_000)}` });
  return { rejected: away ? notDurable.rejected : badSignature.rejected, detail, reply };
};

interface ReportedBodyNeeds extends BodyBounds {
  find(identifier: string): Promise<FoundKey>;
}

/** What SHA-256 in hex can be: anything else is no identifier, and GitHub is not asked about it. */
const IDENTIFIER = /^[0-9a-f]{64}$/;

/** The raw body, once the signature over it (ECDSA P-256, SHA-256, DER in base64) fits one of GitHub's keys. */
export const readReported = async (call: IngressCall, needs: ReportedBodyNeeds): Promise<Uint8Array | Refusal> => {
  const { headers } = call;
  const identifier = headers['github-public-key-identifier'];
  const signature = headers['github-public-key-signature'];
  if (typeof identifier !== 'string' || typeof signature !== 'string') return badSignature;
  if (!IDENTIFIER.test(identifier)) return badSignature;
  if (Number(headers['content-length'] ?? 0) > needs.mostBytes) return tooLarge;
  const found = await needs.find(identifier);
  if (found === 'unknown') return { ...badSignature, detail: 'GitHub has no such key' };
  if ('waitMs' in found) return keyMissing(found);
  const sum = createVerify('sha256');
  const read = await readWhole(call, needs, (chunk) => void sum.update(chunk));
  if ('rejected' in read) return read;
  if (!sum.verify(found.key, signature, 'base64')) return badSignature;
  return isJson(headers['content-type'] ?? JSON_TYPE) ? Buffer.concat(read) : unsupportedType;
};
